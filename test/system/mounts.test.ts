import { spawn } from 'node:child_process'
import { mkdtemp, open as openFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { holdersOf } from '../../src/system/holders.ts'
import { parseMountinfo } from '../../src/system/mountinfo.ts'

test('mountinfo: device, target with escapes, type, source', () => {
  const text = [
    '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue',
    '90 25 43:0 / /media/my\\040disc rw,nosuid,nodev,noatime shared:7 master:2 - udf /dev/nbd0 rw,uid=1000',
    'half a line',
    '',
  ].join('\n')
  expect(parseMountinfo(text)).toEqual([
    {
      device: '98:0',
      target: '/mnt2',
      type: 'ext3',
      source: '/dev/root',
      options: ['rw', 'noatime'],
      superOptions: ['rw', 'errors=continue'],
    },
    {
      device: '43:0',
      target: '/media/my disc',
      type: 'udf',
      source: '/dev/nbd0',
      options: ['rw', 'nosuid', 'nodev', 'noatime'],
      superOptions: ['rw', 'uid=1000'],
    },
  ])
})

test('names that would steer a terminal are told without what steers', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'pktw-holders-'))
  const file = path.join(dir, 'a\u001b[2Jb')
  const handle = await openFile(file, 'w')
  try {
    const found = await holdersOf(dir)
    expect(found.map((h) => h.file)).toEqual([path.join(dir, 'a?[2Jb')])
  } finally {
    await handle.close()
    await rm(dir, { recursive: true })
  }
})

test('a process with an open file, and one that only stands there, keep a mount busy', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'pktw-holders-'))
  await writeFile(path.join(dir, 'notes.txt'), 'x')
  const open = spawn('sh', ['-c', 'exec 3<notes.txt; cd /; echo ready; exec sleep 60'], { cwd: dir })
  const stands = spawn('sh', ['-c', 'echo ready; exec sleep 60'], { cwd: dir })
  try {
    await Promise.all([open, stands].map((p) => new Promise((resolve) => p.stdout.once('data', resolve))))
    const found = await holdersOf(dir)
    expect(found.find((h) => h.pid === open.pid)?.file).toBe(path.join(dir, 'notes.txt'))
    expect(found.find((h) => h.pid === stands.pid)?.file).toBe(dir)
    expect(found.map((h) => h.pid)).not.toContain(process.pid)
    expect(await holdersOf(`${dir}-other`)).toEqual([])
  } finally {
    open.kill()
    stands.kill()
    await rm(dir, { recursive: true })
  }
})
