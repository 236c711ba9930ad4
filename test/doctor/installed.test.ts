// What the doctor says of a real installation into a root, after somebody meddled with it.
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, inject, onTestFinished, type TestContext, test } from 'vitest'
import { doctor } from '../../src/cli/doctor.ts'
import { doctorManual } from '../../src/doctor/manual.ts'
import { troubles } from '../../src/doctor/table.ts'
import type { Loss } from '../../src/packet/status.ts'
import { manifestPath } from '../../src/steps/manifest.ts'
import { realSystem } from '../../src/system/real.ts'
import type { System } from '../../src/system/system.ts'
import { hear } from '../hear.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needTools } from '../tools.ts'
import { codesOf, doctored, examined, put, readyDisc } from './machine.ts'

const said = hear(process.stdout, process.stderr)

const rules = '/etc/udev/rules.d/61-pktw.rules'

/** pktw itself installs into it. The Node.js that rules name is the one of the machine of the test. */
function installed(context: TestContext): System & { commands: string[] } {
  needTools(context, '/usr/bin/node')
  const system = doctored({ without: [rules] })
  const program = path.join(inject('programs'), 'pktw.mjs')
  // An image is taken for one with systemd.
  execFileSync(process.execPath, [program, 'install', '--root', system.root], { stdio: 'pipe' })
  return system
}

test('a fresh installation has no trouble', async (context) => {
  expect(await codesOf(installed(context))).toEqual([])
})

test('a file that was changed, and one that is gone', async (context) => {
  const system = installed(context)
  put(system, rules, `${readFileSync(path.join(system.root, rules), 'utf8')}# mine\n`)
  expect(await examined(system)).toMatchObject([
    {
      code: 'doctor.files-changed',
      message: `${rules} was changed`,
      command: 'sudo pktw status --installed',
    },
  ])
  rmSync(path.join(system.root, '/etc/modules-load.d/pktw.conf'))
  expect((await examined(system)).map((f) => f.message)).toEqual([
    '/etc/modules-load.d/pktw.conf is gone',
    `${rules} was changed`,
  ])
})

test('settings and installed files out of step, and settings with a mistake', async (context) => {
  const system = installed(context)
  put(system, '/etc/pktw/pktw.yaml', 'mount:\n  where: /mnt/disc\n')
  const found = await examined(system)
  expect(found.map((f) => f.code)).toEqual(['doctor.out-of-step'])
  expect(found[0]?.evidence).toContain('/etc/systemd/system/mnt-disc.mount')
  put(system, '/etc/pktw/pktw.yaml', 'mount:\n  wear: /mnt/disc\n')
  expect((await examined(system))[0]).toMatchObject({
    code: 'doctor.settings-broken',
    evidence: expect.stringMatching(/^line 2: .*wear/),
  })
})

test('a run that did not get to its end', async (context) => {
  const system = installed(context)
  const text = readFileSync(path.join(system.root, manifestPath), 'utf8')
  put(system, manifestPath, text.replace('"installed"', '"under-way"'))
  expect(await codesOf(system)).toEqual(['doctor.unfinished'])
  put(system, manifestPath, text)
  put(system, '/etc/udev/rules.d/.61-pktw.rules.pktw-17-4', 'half')
  expect(await examined(system)).toMatchObject([
    { code: 'doctor.unfinished', evidence: '/etc/udev/rules.d/.61-pktw.rules.pktw-17-4' },
  ])
})

test('Node.js that was moved away after the installation', async (context) => {
  const system = installed(context)
  renameSync(path.join(system.root, 'usr/bin/node'), path.join(system.root, 'usr/bin/node.old'))
  expect(await codesOf(system)).toContain('doctor.node-gone')
})

test('a worn disc, as a running engine tells of it on its socket', async () => {
  const status = {
    drive: 'sr0',
    state: 'serving',
    medium: 'cd-rw',
    packetBlocks: 32,
    blocks: 300_000,
    startedAt: 0,
    attached: true,
    badBlocks: 0,
    wear: { packetsWritten: 9000, hottest: { packet: 3, writes: 950 } },
    losses: [] as Loss[],
    journalLost: undefined as string | undefined,
    stats: { requests: {}, packetsWritten: 1, dirty: 0, errors: 0 },
  }
  const system = doctored({
    udev: readyDisc,
    unit: 'ActiveState=active',
    files: { '/run/pktw/sr0/x': '', '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n' },
  })
  const server = createServer((socket) => socket.end(JSON.stringify(status)))
  await new Promise<void>((resolve) =>
    server.listen(path.join(system.root, 'run/pktw/sr0/status.sock'), resolve),
  )
  onTestFinished(() => void server.close())
  const evidence = '0 bad blocks, one packet written 950 times'
  expect(await examined(system)).toMatchObject([{ code: 'doctor.worn', evidence }])
  status.wear.hottest.writes = 100
  expect(await codesOf(system)).toEqual([])
  status.badBlocks = 2
  expect(await codesOf(system)).toEqual(['doctor.worn'])
  status.badBlocks = 0
  status.losses = [{ lba: 64, blocks: 32, at: 0, why: '3/0C/00 write error' }]
  expect(await examined(system)).toMatchObject([
    {
      code: 'doctor.data-lost',
      evidence: expect.stringMatching(/^blocks 64 to 95 since .*: 3\/0C\/00 write error$/),
      message: expect.stringContaining('1 packet (66 kB)'),
      command: 'pktw status sr0',
    },
  ])
  status.losses = []
  status.journalLost = 'EROFS: read-only file system'
  expect(await examined(system)).toMatchObject([
    { code: 'doctor.journal-lost', evidence: 'EROFS: read-only file system' },
  ])
})

test('what blkid says of a real file system newer than 2.01 is what the doctor goes by', async (context) => {
  needTools(context, '/usr/sbin/mkudffs', '/usr/sbin/blkid')
  const probe = (revision: string): string => {
    const image = path.join(temporaryRoot({ '/image': Buffer.alloc(4 << 20) }), 'image')
    execFileSync(
      '/usr/sbin/mkudffs',
      ['--media-type=dvdr', `--udfrev=${revision}`, '--blocksize=2048', image],
      { stdio: 'pipe' },
    )
    return execFileSync('/usr/sbin/blkid', ['-p', '-o', 'udev', image]).toString()
  }
  const disc = (revision: string): string => `${readyDisc}\n${probe(revision)}`
  expect(await codesOf(doctored({ udev: disc('2.01') }))).toEqual([])
  expect(await codesOf(doctored({ udev: disc('2.50') }))).toEqual(['doctor.udf-too-new'])
})

test('this machine itself can be examined', async () => {
  const code = await doctor({ fix: false, json: true }, realSystem())
  const { troubles: found } = JSON.parse(said.text) as {
    troubles: { code: string; evidence: string; command: string }[]
  }
  expect([0, 1]).toContain(code)
  for (const one of found)
    expect([one.code, one.evidence !== '']).toEqual([expect.stringMatching(/^doctor\./), true])
})

test('--fix mends what is safe, really, and tells the rest', async () => {
  const system = doctored({
    files: { '/dev/pktcdvd': '', '/usr/lib/udev/rules.d/80-pktsetup.rules': 'x' },
    without: ['/sys/module/nbd/x'],
    answers: {
      flock: {},
      'udevadm control': {},
      'modprobe -- nbd': { code: 1, stderr: 'modprobe: FATAL: Module nbd not found.\n' },
    },
  })
  expect(await doctor({ fix: true, json: true }, { ...system, live: true, uid: 0 }, undefined)).toBe(1)
  const report = JSON.parse(said.text) as Record<
    'troubles' | 'fixed' | 'failed',
    { code: string; message: string }[]
  >
  expect(report.fixed.map((f) => f.code)).toEqual(['doctor.pktcdvd-not-a-directory', 'doctor.udftools-rule'])
  expect(report.failed).toMatchObject([
    { code: 'cli.fix-failed', message: expect.stringContaining('nbd not found') },
  ])
  expect(report.troubles.map((f) => f.code)).toEqual(['doctor.no-nbd'])
  expect((await system.inspect('/dev/pktcdvd')).kind).toBe('absent')
  expect(await system.inspect('/etc/udev/rules.d/80-pktsetup.rules')).toEqual({
    kind: 'symlink',
    target: '/dev/null',
  })
  expect(system.commands).toContain('udevadm control --reload')
})

test('in words: what, the remedy, what was seen; 0 without trouble, 1 with, 0 with a note', async () => {
  expect(await doctor({ fix: false, json: false }, doctored())).toBe(0)
  expect(said.text).toBe('no trouble found\n')
  said.text = ''
  expect(await doctor({ fix: false, json: false }, doctored({ files: { '/dev/pktcdvd': '' } }))).toBe(1)
  expect(said.text).toBe(
    [
      'error: /dev/pktcdvd is a file where a directory belongs; pktsetup then says "ctl open: Not a directory" [doctor.pktcdvd-not-a-directory]',
      '  → Take it away: `sudo rm /dev/pktcdvd`',
      '  seen: /dev/pktcdvd is a file',
      '  sudo pktw doctor --fix does this',
      '',
    ].join('\n'),
  )
  const note = { '/var/lib/pktw/discs/journal/a/1.journal': 'x' }
  expect(await doctor({ fix: false, json: false }, doctored({ files: note }))).toBe(0)
})

test('only root mends', async () => {
  const error = await doctor({ fix: true, json: false }, { ...doctored(), uid: 1000 }).catch(
    (e: unknown) => e,
  )
  expect(error).toMatchObject({ diagnostics: [{ code: 'install.not-root' }] })
})

test('every trouble is one row, in the manual, with a command or the reason for none', () => {
  const codes = troubles.map((t) => t.code)
  expect(new Set(codes).size).toBe(codes.length)
  const manual = doctorManual()
  for (const code of codes) expect(manual).toContain(`## ${code.replace('doctor.', '')}\n`)
  expect(manual.match(/the one that the message names/g)).toHaveLength(1)
})
