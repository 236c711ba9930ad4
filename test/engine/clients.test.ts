// Real NBD clients over the whole engine, with the emulated drive below it.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { pattern } from '../packet/model.ts'
import { needTools } from '../tools.ts'
import { stage, writesOf } from './harness.ts'

const run = promisify(execFile)

test('nbdcopy onto a CD-RW and back: equal, each packet once', async (context) => {
  needTools(context, 'nbdcopy')
  const engine = await stage({ kind: 'cd-rw', blocks: 4096 }, { logLength: 5_000 }).start()
  const uri = `nbd+unix:///disc?socket=${engine.session.nbdSocket}`
  const data = pattern(4096, 11)
  writeFileSync(`${engine.dir}/in`, data)
  await run('nbdcopy', ['--flush', '--destination-is-zero', `${engine.dir}/in`, uri])
  expect(engine.disc.read(0, 4096).equals(data)).toBe(true)
  expect(writesOf(engine.drive)).toHaveLength(128)
  await run('nbdcopy', [uri, `${engine.dir}/out`])
  expect(readFileSync(`${engine.dir}/out`).equals(data)).toBe(true)
})

test('fio: random blocks, many under way, fsync in between; all verified', async (context) => {
  needTools(context, 'fio')
  const engine = await stage({ kind: 'dvd+rw', blocks: 4096 }).start()
  // One after the other (stonewall): the disc is one client's at a time.
  writeFileSync(
    `${engine.dir}/jobs`,
    `[global]
ioengine=nbd
uri=nbd+unix:///disc?socket=${engine.session.nbdSocket}
bsrange=2k-64k
verify=crc32c
verify_fatal=1
verify_state_save=0
stonewall
[deep]
rw=randwrite
size=6m
iodepth=32
fsync=16
[mixed]
rw=randrw
offset=1m
size=4m
iodepth=16
verify_backlog=24
fsync=7
[small]
rw=randwrite
bsrange=2k-8k
size=1m
offset=3m
iodepth=64
fsync=32
[straight]
rw=write
size=8m
iodepth=4
end_fsync=1
`,
  )
  // What it says about connecting goes to stdout as well.
  await run('fio', ['--output-format=json', `--output=${engine.dir}/result`, `${engine.dir}/jobs`])
  const { jobs } = JSON.parse(readFileSync(`${engine.dir}/result`, 'utf8')) as {
    jobs: { jobname: string; error: number; read: { io_bytes: number }; write: { io_bytes: number } }[]
  }
  expect(jobs.map(({ jobname, error }) => [jobname, error])).toEqual(
    ['deep', 'mixed', 'small', 'straight'].map((name) => [name, 0]),
  )
  for (const { read, write } of jobs) expect(read.io_bytes).toBeGreaterThanOrEqual(write.io_bytes)
  expect(engine.session.status().stats.requests.flushes).toBeGreaterThan(20)
  expect(engine.log.filter((line) => !line.startsWith('info'))).toEqual([])
})

test('qemu-io: requests that overlap, all under way at once, end as if one after the other', async (context) => {
  needTools(context, 'qemu-io')
  const engine = await stage({ kind: 'cd-rw', blocks: 4096 }).start()
  const uri = `nbd+unix:///disc?socket=${engine.session.nbdSocket}`
  // Each writes over the second half of the one before. No more than 15 at a time: what exceeds its own limit of 16,
  // qemu does not send in order.
  const writes = Array.from({ length: 60 }, (_, i) => `aio_write -P ${i + 1} ${i * 32}k 64k`)
  const commands = [
    ...[0, 13, 26, 39, 52].flatMap((at) => [...writes.slice(at, at + 13), 'aio_read 0 512k', 'aio_flush']),
    'aio_write -P 0x66 0 64k',
    'aio_write -f -P 0x77 2k 30k',
    'aio_write -P 0x78 4k 2k',
    'aio_flush',
    ...Array.from({ length: 58 }, (_, i) => `read -P ${i + 3} ${(i + 2) * 32}k 32k`),
    'read -P 0x66 0 2k',
    'read -P 0x77 2k 2k',
    'read -P 0x78 4k 2k',
    'read -P 0x77 6k 26k',
    'read -P 0x66 32k 32k',
    'flush',
  ]
  const { stdout } = await run('qemu-io', ['-f', 'raw', uri, ...commands.flatMap((c) => ['-c', c])])
  expect(stdout).not.toContain('verification failed')
  expect(stdout.match(/wrote \d+\/\d+ bytes/g)).toHaveLength(63)
  expect(stdout.match(/read \d+\/\d+ bytes/g)).toHaveLength(68)
  expect(engine.disc.read(16, 16).equals(Buffer.alloc(32_768, 0x66))).toBe(true)
})
