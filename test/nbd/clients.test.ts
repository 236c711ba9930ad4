// Programs that know NBD from elsewhere, on our socket.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type NbdServer, serveNbd } from '../../src/nbd/server.ts'
import { needTools } from '../tools.ts'
import { MemoryExport, socketDir } from './memory.ts'

const MiB = 1024 * 1024
const run = promisify(execFile)
const { dir, remove } = socketDir()
const disc = new MemoryExport(32 * MiB)
const uri = `nbd+unix:///disc?socket=${dir}/nbd.sock`
let server: NbdServer

beforeAll(async () => {
  server = await serveNbd({ path: `${dir}/nbd.sock`, name: 'disc', export: disc })
})
afterAll(async () => {
  await server.close()
  remove()
})

test('nbdinfo: size, block sizes, what can be done', async (context) => {
  needTools(context, 'nbdinfo')
  const { stdout } = await run('nbdinfo', ['--json', uri])
  const told = JSON.parse(stdout)
  expect(told).toMatchObject({ protocol: 'newstyle-fixed' })
  expect(told.exports[0]).toMatchObject({
    'export-size': 32 * MiB,
    is_read_only: false,
    is_rotational: true,
    can_flush: true,
    can_fua: true,
    can_trim: false,
    can_zero: false,
    block_size_minimum: 2048,
    block_size_preferred: 65_536,
    block_size_maximum: 32 * MiB,
  })
  expect(
    (await run('nbdinfo', ['--list', '--json', `nbd+unix:///?socket=${dir}/nbd.sock`])).stdout,
  ).toContain('"disc"')
})

test('nbdcopy: out and back, byte for byte', async (context) => {
  needTools(context, 'nbdcopy')
  const data = Buffer.alloc(32 * MiB)
  for (let i = 0; i < data.length; i += 4) data.writeUInt32LE((i * 2654435761) >>> 0, i)
  writeFileSync(`${dir}/in`, data)
  const flushes = disc.flushes
  await run('nbdcopy', ['--flush', `${dir}/in`, uri])
  expect(disc.content.equals(data)).toBe(true)
  expect(disc.flushes).toBeGreaterThan(flushes)
  await run('nbdcopy', [uri, `${dir}/out`])
  expect(readFileSync(`${dir}/out`).equals(data)).toBe(true)
})

test('qemu-io and qemu-img: patterns, FUA, unaligned ends', async (context) => {
  needTools(context, 'qemu-io', 'qemu-img')
  const commands = [
    'write -P 0x5a 1M 3M',
    'write -f -P 0x11 2048 2048',
    'write -P 0x77 5120 700',
    'flush',
    'read -P 0x5a 1M 3M',
    'read -P 0x77 5120 700',
  ]
  const { stdout } = await run('qemu-io', ['-f', 'raw', uri, ...commands.flatMap((c) => ['-c', c])])
  expect(stdout).not.toContain('Pattern verification failed')
  expect(stdout.match(/read \d+\/\d+ bytes/g)).toHaveLength(2)
  expect(disc.fuas).toBeGreaterThan(0)
  expect(disc.content.subarray(5120, 5820).every((b) => b === 0x77)).toBe(true)
  writeFileSync(`${dir}/copy`, disc.content)
  const compared = await run('qemu-img', ['compare', '-f', 'raw', '-F', 'raw', uri, `${dir}/copy`])
  expect(compared.stdout).toContain('Images are identical')
})

test('an error reaches the program', async (context) => {
  needTools(context, 'qemu-io')
  disc.failure = Object.assign(new Error('medium'), { errno: 5 })
  const failed = run('qemu-io', ['-f', 'raw', uri, '-c', 'write 0 64k'])
  await expect(failed).rejects.toMatchObject({ stdout: expect.stringContaining('Input/output error') })
})
