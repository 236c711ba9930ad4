// mount, umount, unmap and toggle, with a real process on the disc where one is needed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { toggle, unmap } from '../../src/cli/map.ts'
import { mount, umount } from '../../src/cli/mount.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import { stayMark } from '../../src/disc/stay.ts'
import { unitNameOfPath } from '../../src/render/unit-name.ts'
import { hear } from '../hear.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { machine } from './machine.ts'

/** Stands for the mount point: what is below it in /proc counts as being on the disc. */
let disc: string
const said = hear(process.stdout)
beforeEach(() => {
  disc = path.join(temporaryRoot(), 'disc')
  mkdirSync(disc)
})

const mountinfo = '/proc/self/mountinfo'
const mountedAt = (where: string): string => `40 21 43:0 / ${where} rw shared:9 - udf /dev/nbd0 rw\n`
/** The automount itself, which waits at the mount point below the disc's mount. */
const waitingAt = (where: string): string => `39 21 0:45 / ${where} rw shared:8 - autofs systemd-1 rw,fd=61\n`
const mapFile = { '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n' }
const drives = { '/sys/class/block/sr0/dev': '11:0\n', '/sys/class/block/nbd0/dev': '43:0\n' }
const set = (style: string, slots = 1) => ({
  '/usr/lib/pktw/settings.json': JSON.stringify({
    style,
    mounts: [{ where: disc, unit: 'disc.mount' }].slice(0, slots),
  }),
})
/** Mapped, and set to be mounted when somebody looks: with this mount table. */
const automounted = (table: string) => ({
  ...drives,
  ...mapFile,
  '/usr/lib/pktw/settings.json': JSON.stringify({
    mounts: [{ where: disc, unit: 'disc.mount', automount: 'disc.automount' }],
  }),
  [mountinfo]: table,
})
/** Mapped, not mounted, set to be mounted by `style`. */
const mapped = (style = 'systemd') => ({ ...drives, ...mapFile, ...set(style), [mountinfo]: '' })
const filesystem = { 'udevadm info': { stdout: 'ID_FS_USAGE=filesystem\nPKTW_STATE=ready\n' } }
const mounting = { leaves: { [mountinfo]: '' } }

const options = { drive: undefined }
const told = async (work: Promise<unknown>) => {
  const error = await work.catch((e: unknown) => e)
  if (!(error instanceof Stop)) throw new Error(`not stopped: ${String(error)}`)
  expect(error.code).toBe(1)
  return error.diagnostics[0]
}
const changes = (system: { commands: string[] }): string[] =>
  system.commands.filter((c) => !c.startsWith('udevadm info'))

/** A real process whose working directory is on the disc. */
async function holder(): Promise<number> {
  const script = "setInterval(() => {}, 1000); console.log('ready')"
  const child = spawn(process.execPath, ['-e', script], { cwd: disc, stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child.pid as number
}

describe('mount', () => {
  test('by the unit of the slot', async () => {
    const start = { leaves: { [mountinfo]: mountedAt(disc) } }
    const system = machine(mapped(), { ...filesystem, systemctl: start })
    expect(await mount(options, system)).toBe(0)
    expect(changes(system)).toEqual(['systemctl --no-ask-password start -- disc.mount'])
    expect(said.text).toBe(`sr0 is mounted at ${disc}\n`)
  })

  test('with an automount: that it waits again, and the mount', async () => {
    const start = { leaves: { [mountinfo]: mountedAt(disc) } }
    const system = machine(automounted(''), { ...filesystem, systemctl: start })
    expect(await mount(options, system)).toBe(0)
    expect(changes(system)).toEqual([
      'systemctl --no-ask-password start -- disc.automount',
      'systemctl --no-ask-password start -- disc.mount',
    ])
  })

  test('by udisks', async () => {
    const leaves = { [mountinfo]: mountedAt('/media/alice/LAB') }
    const system = machine(mapped('udisks'), { ...filesystem, udisksctl: { leaves } })
    expect(await mount(options, system)).toBe(0)
    expect(changes(system)).toEqual(['udisksctl mount --block-device /dev/nbd0 --no-user-interaction'])
    expect(said.text).toBe('sr0 is mounted at /media/alice/LAB\n')
  })

  test('what is mounted stays so', async () => {
    const system = machine({ ...mapped(), [mountinfo]: mountedAt('/mnt') }, filesystem)
    expect(await mount(options, system)).toBe(0)
    expect([said.text, changes(system)]).toEqual(['sr0 is mounted at /mnt already\n', []])
  })

  test.each([
    ['not mapped', () => ({ ...drives, ...set('systemd') }), 'cli.not-mapped', 'pktw map sr0'],
    ['not installed', () => ({ ...drives, ...mapFile }), 'cli.not-installed', 'sudo pktw install'],
    ['style none', () => mapped('none'), 'cli.mount-not-ours', '/dev/pktw/sr0'],
    [
      'more drives than slots',
      () => ({ ...mapped(), ...set('fstab', 0) }),
      'cli.no-mount-point',
      'mount.slots',
    ],
    ['no udisks', () => mapped('udisks'), 'cli.no-udisks', 'udisks2'],
    [
      'settings.json damaged',
      () => ({ ...mapped(), '/usr/lib/pktw/settings.json': '{}' }),
      'cli.settings-damaged',
      'sudo pktw install',
    ],
  ] as const)('%s: told, with the next step', async (_, files, code, step) => {
    const system = machine(files(), filesystem)
    const found = await told(mount(options, system))
    expect(found?.code).toBe(code)
    expect(found?.remedy).toContain(step)
    expect(changes(system).filter((c) => !c.startsWith('udisksctl'))).toEqual([])
  })

  test('a disc without a file system', async () => {
    const stdout = 'DEVNAME=/dev/nbd0\nPKTW_STATE=ready\nPKTW_MEDIUM=dvd+rw\n'
    const found = await told(mount(options, machine(mapped(), { 'udevadm info': { stdout } })))
    expect(found).toMatchObject({
      code: 'cli.no-file-system',
      remedy: expect.stringContaining('pktw prepare sr0'),
    })
  })

  test.each([
    [
      'GDBus.Error:org.freedesktop.UDisks2.Error.NotAuthorizedCanObtain: Not authorized to perform operation',
      'cli.not-allowed',
    ],
    ['GDBus.Error:org.freedesktop.UDisks2.Error.Failed: wrong fs type', 'cli.udisks-failed'],
  ])('udisks says %s', async (why, code) => {
    const udisksctl = { code: 1, stderr: `Error mounting /dev/nbd0: ${why}\n` }
    const found = await told(mount(options, machine(mapped('udisks'), { ...filesystem, udisksctl })))
    expect(found).toMatchObject({ code, message: expect.stringContaining(why) })
  })
})

describe('umount', () => {
  const mountedDisc = (answers = {}, where = disc) =>
    machine({ ...mapped(), [mountinfo]: mountedAt(where) }, answers)

  test.each([
    ['ours', () => disc],
    ["another's", () => '/mnt/a-b'],
  ])('%s by its unit', async (_, where) => {
    const system = mountedDisc({ systemctl: mounting }, where())
    expect(await umount(options, system)).toBe(0)
    expect(await system.exists(stayMark('sr0'))).toBe(true)
    const unit = unitNameOfPath(where(), 'mount')
    expect(system.commands).toEqual([`systemctl --no-ask-password stop -- ${unit}`])
    expect(said.text).toContain('sr0 is unmounted')
  })

  test('with an automount: the mount first, or systemd would take it away from whoever uses it', async () => {
    const mounted = machine(automounted(waitingAt(disc) + mountedAt(disc)), { systemctl: mounting })
    expect(await umount(options, mounted)).toBe(0)
    expect(mounted.commands).toEqual([
      `systemctl --no-ask-password stop -- ${unitNameOfPath(disc, 'mount')}`,
      'systemctl --no-ask-password stop -- disc.automount',
    ])
    const waiting = machine(automounted(waitingAt(disc)), { systemctl: {} })
    expect(await umount(options, waiting)).toBe(0)
    expect(waiting.commands).toEqual(['systemctl --no-ask-password stop -- disc.automount'])
    const neither = machine(automounted(waitingAt('/misc')), { systemctl: {} })
    expect(await umount(options, neither)).toBe(0)
    expect(neither.commands).toEqual([])
    const systemctl = { code: 1, stderr: 'Job failed.\n' }
    const busy = machine(automounted(waitingAt(disc) + mountedAt(disc)), { systemctl })
    expect(await told(umount(options, busy))).toMatchObject({ code: 'cli.still-mounted' })
    expect(busy.commands).toEqual([`systemctl --no-ask-password stop -- ${unitNameOfPath(disc, 'mount')}`])
  })

  test('a program that uses it is named, and nothing is done', async () => {
    const pid = await holder()
    const system = mountedDisc({ systemctl: mounting })
    expect(await told(umount(options, system))).toMatchObject({
      code: 'cli.mount-busy',
      message: expect.stringContaining(`(process ${pid}) uses ${disc}`),
      remedy: expect.stringContaining('pktw umount sr0'),
    })
    expect(system.commands).toEqual([])
  })

  test('a mount that stays, and nobody to be seen', async () => {
    const systemctl = { code: 1, stderr: 'Job failed. See "journalctl -xe" for details.\n' }
    const system = mountedDisc({ systemctl })
    expect(await told(umount(options, system))).toMatchObject({
      code: 'cli.still-mounted',
      message: expect.stringContaining('Job failed'),
      remedy: expect.stringContaining(`fuser --verbose --mount ${disc}`),
    })
    // Or the desktop's next unmount would not be taken for an eject.
    expect(await system.exists(stayMark('sr0'))).toBe(false)
  })

  test('who may not is told so', async () => {
    const systemctl = { code: 1, stderr: 'Failed to stop disc.mount: Interactive authentication required.\n' }
    expect(await told(umount(options, mountedDisc({ systemctl })))).toMatchObject({ code: 'cli.not-allowed' })
  })

  test.each([
    ['mapped, not mounted', mapped],
    ['not even mapped', () => drives],
  ])('%s: nothing to do', async (_, files) => {
    const system = machine(files(), {})
    expect(await umount(options, system)).toBe(0)
    expect([said.text, changes(system)]).toEqual(['sr0 is not mounted\n', []])
  })
})

describe('unmap and toggle', () => {
  const stopped = ['systemctl --no-ask-password start -- pktw-unmap@sr0.service']

  test('unmap refuses while a program uses the disc', async () => {
    const pid = await holder()
    const system = machine({ ...mapped(), [mountinfo]: mountedAt(disc) }, { systemctl: {} })
    expect(await told(unmap(options, system))).toMatchObject({
      code: 'cli.mount-busy',
      message: expect.stringContaining(`process ${pid}`),
      remedy: expect.stringContaining('pktw unmap sr0'),
    })
    expect(system.commands).toEqual([])
  })

  test("unmap unmounts what is ours first, and leaves another's mount to the unit", async () => {
    const own = machine({ ...mapped(), [mountinfo]: mountedAt(disc) }, { systemctl: mounting })
    expect(await unmap(options, own)).toBe(0)
    const unit = unitNameOfPath(disc, 'mount')
    expect(own.commands).toEqual([`systemctl --no-ask-password stop -- ${unit}`, ...stopped])
    const other = machine({ ...mapped(), [mountinfo]: mountedAt('/mnt') }, { systemctl: {} })
    expect(await unmap(options, other)).toBe(0)
    expect(other.commands).toEqual(stopped)
  })

  test('toggle unmaps what is mapped, and maps what is not', async () => {
    const on = machine(mapped(), { systemctl: {} })
    expect(await toggle(options, on)).toBe(0)
    expect(on.commands).toEqual(stopped)
    const leaves = mapFile
    const off = machine({ ...drives, '/run/pktw/map/none': '' }, { ...filesystem, systemctl: { leaves } })
    expect(await toggle(options, off)).toBe(0)
    expect(changes(off)).toEqual(['systemctl --no-ask-password start -- pktw@sr0.service'])
    expect(said.text).toContain('sr0 is /dev/nbd0, also /dev/pktw/sr0')
  })
})
