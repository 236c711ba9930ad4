// The whole session: real files below a root, a real bus with mocks on it; udev, systemd and logind answer as they would.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, type TestContext, test, vi } from 'vitest'
import { errorName, errorText } from '../../src/artifacts/bus/errors.ts'
import { busName } from '../../src/artifacts/bus/interfaces.ts'
import { connect } from '../../src/bus/connection.ts'
import { diagnose } from '../../src/diagnostics/catalogue.ts'
import { unmountAndStay } from '../../src/disc/stay.ts'
import type { Bus } from '../../src/session/bus.ts'
import { Desk } from '../../src/session/desk.ts'
import { StateWatch } from '../../src/session/state-watch.ts'
import { ToldLosses } from '../../src/session/told-losses.ts'
import type { System } from '../../src/system/system.ts'
import { driveFiles, machine } from '../cli/machine.ts'
import { type Mock, privateBus, until } from './private-bus.ts'

const mountinfo = (more = ''): string => `25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n${more}`
const discMount = '40 25 43:0 / /run/media/alice/LAB rw shared:2 - udf /dev/nbd0 rw\n'

/** As pktw-prepare@ tells it. */
const preparation = (phase: string, perMille?: number, drive = 'sr0'): string =>
  JSON.stringify({
    version: 1,
    drive,
    diskseq: '7',
    phase,
    disc: 'changing',
    startedAt: 1,
    updatedAt: 1,
    phaseStartedAt: 1,
    perMille,
  })

interface Scene {
  system: System & { commands: string[] }
  notifications: Mock
  manager: Bus
  runtimeDir: string
  put(name: string, text: string): void
  remove(name: string): void
  /** What the service was asked, the last word whether the user may be asked for a password. */
  asked: string[]
  shown(): string[]
}

/**
 * A drive with a disc that is mapped and mounted by the desktop; `user` is in front of the seat. With a neighbour sr0 is the drive
 * of another seat, and sr1 stands at ours.
 */
async function scene(
  context: TestContext,
  { user = 1000, state = 'ready', refuses = false, neighbour = false } = {},
): Promise<Scene> {
  const bus = await privateBus(context)
  const notifications = await bus.mock('notification_daemon', 'org.freedesktop.Notifications')
  await bus.mock('session_manager', 'org.gnome.SessionManager')
  const isOurs = state === 'ready'
  const files = {
    ...driveFiles('sr0', '11:0'),
    ...(neighbour ? { ...driveFiles('sr1', '11:1'), '/sys/class/block/sr1/diskseq': '7\n' } : {}),
    '/sys/class/block/sr0/diskseq': '7\n',
    '/sys/class/block/nbd0/dev': '43:0\n',
    '/proc/self/mountinfo': mountinfo(isOurs ? discMount : ''),
    ...(isOurs
      ? { '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n', '/run/pktw/held/sr0': '7\n' }
      : { '/run/pktw/held/.keep': '' }),
  }
  const system = machine(files, {
    ...(neighbour
      ? { 'udevadm info --query=property --path=/sys/class/block/sr0': { stdout: 'ID_SEAT=seat1\n' } }
      : {}),
    'udevadm info': {
      stdout: `ID_CDROM_MEDIA=1\nPKTW_STATE=${state}\nPKTW_MEDIUM=cd-rw\nPKTW_REASON=media.blank-cd-rw\nID_FS_LABEL=LAB\n`,
    },
    'systemctl show': {
      stdout: 'ActiveState=active\nResult=success\n\nActiveState=inactive\nResult=success\n',
    },
    'loginctl show-seat seat0': { stdout: '3\n' },
    'loginctl show-session 3': { stdout: `User=${user}\nClass=user\n` },
    'getent passwd': { stdout: `alice:x:${user}:${user}::/home/alice:/bin/sh\n` },
  })
  const asked: string[] = []
  const service = await connect(bus.address)
  service.serve(({ path: object, interface: of, member, interactive, reply, fail }) => {
    asked.push(`${object} ${of}.${member} ${interactive}`)
    if (!refuses) return reply('', [])
    const action = 'org.pktw.eject'
    fail(errorName('bus.not-authorized'), errorText([diagnose('bus.not-authorized', { action })]))
  })
  await service.own(busName)
  vi.stubEnv('DBUS_SYSTEM_BUS_ADDRESS', bus.address)
  const ended = new AbortController()
  const desk = new Desk({
    system: { ...system, uid: 1000 },
    bus: await bus.connect(),
    settings: { mounts: [{ where: '/media/cdvdrw', unit: 'media-cdvdrw.mount' }], eject: true },
    runtimeDir: bus.directory,
    log: { error: () => undefined, warning: () => undefined, info: () => undefined },
    watch: new StateWatch(path.join(system.root, 'run/pktw')),
    signal: ended.signal,
  })
  const running = desk.run()
  onTestFinished(async () => {
    ended.abort()
    await running
    service.close()
    vi.unstubAllEnvs()
  })
  const at = (name: string): string => path.join(system.root, name)
  await until('it has looked once', () => system.commands.some((c) => c.startsWith('systemctl show')))
  return {
    system,
    notifications,
    manager: await bus.connect(),
    runtimeDir: bus.directory,
    put: (name, text) => {
      mkdirSync(path.dirname(at(name)), { recursive: true })
      writeFileSync(at(name), text)
    },
    remove: (name) => rmSync(at(name)),
    asked,
    shown: () => notifications.calls().filter((line) => line.startsWith('Notify')),
  }
}

const isInhibited = async ({ manager }: Scene): Promise<boolean> => {
  const target = {
    destination: 'org.gnome.SessionManager',
    path: '/org/gnome/SessionManager',
    interface: 'org.gnome.SessionManager',
  }
  return (await manager.call(target, 'IsInhibited', 'u', [16]))[0] === true
}

const eject = '/org/pktw/Pktw1/drives/sr0 org.pktw.Pktw1.Drive.Eject false'

test('the desktop unmounts: the service is asked to eject, and nobody for a password', async (context) => {
  const at = await scene(context)
  at.put('/proc/self/mountinfo', mountinfo())
  await until('it is ejected', () => at.asked.length > 0)
  expect(at.asked).toEqual([eject])
})

test('what the service says no with is shown, with what to do', async (context) => {
  const at = await scene(context, { refuses: true })
  at.put('/proc/self/mountinfo', mountinfo())
  await until('it is told', () => at.shown().some((line) => line.includes('was not ejected')))
  expect(at.shown().at(-1)).toContain('you may not do this from here (org.pktw.eject)')
})

test('what was lost is shown once a login, also by the next process', async (context) => {
  const at = await scene(context)
  const status = {
    ...{ drive: 'sr0', state: 'serving', medium: 'cd-rw', packetBlocks: 32, blocks: 1, startedAt: 1 },
    losses: [{ lba: 64, blocks: 32, at: 1_700_000_000_000, why: '3/0C/00 write error' }],
    stats: { requests: {}, packetsWritten: 0, dirty: 0, errors: 1 },
  }
  let asked = 0
  const engine = createServer((socket) => {
    asked++
    socket.end(JSON.stringify(status))
  })
  onTestFinished(() => void engine.close())
  mkdirSync(path.join(at.system.root, 'run/pktw/sr0'), { recursive: true })
  engine.listen(path.join(at.system.root, 'run/pktw/sr0/status.sock'))
  const lost = () => at.shown().filter((line) => line.includes('Data written to LAB was lost'))
  await until('it is told', () => lost().length > 0)
  const before = asked
  at.put('/run/pktw/sr0/dirty', '')
  await until('it has looked again', () => asked > before)
  at.remove('/run/pktw/sr0/dirty')
  await until('and once more', () => asked > before + 1)
  expect(lost()).toHaveLength(1)
  const told = new ToldLosses(at.runtimeDir)
  await told.load()
  expect(status.losses.every((loss) => told.has(loss))).toBe(true)
})

test('pktw umount leaves a mark, and the disc stays in', async (context) => {
  const at = await scene(context)
  // As root's pktw and the service leave it; another look may come between the two.
  await unmountAndStay(at.system, 'sr0', async () => at.put('/proc/self/mountinfo', mountinfo()))
  const looks = at.system.commands.length
  await until('it has looked at that', () => at.system.commands.length > looks + 3)
  expect(at.asked).toEqual([])
  // The next unmount is another's.
  at.put('/proc/self/mountinfo', mountinfo(discMount))
  await sleep(2500)
  at.put('/proc/self/mountinfo', mountinfo())
  await until('it is ejected', () => at.asked.length > 0)
})

test("of one that comes to nothing there is none: the next unmount is the desktop's", async (context) => {
  const at = await scene(context)
  const failed = unmountAndStay(at.system, 'sr0', () => Promise.reject(new Error('it stays')))
  await expect(failed).rejects.toThrow('it stays')
  at.put('/proc/self/mountinfo', mountinfo())
  await until('it is ejected', () => at.asked.length > 0)
})

test('somebody else is in front of the seat: nothing is done or shown', async (context) => {
  const at = await scene(context, { user: 1001 })
  at.put('/proc/self/mountinfo', mountinfo())
  at.put('/run/pktw/prepare/sr0.json', preparation('formatting', 10))
  const looks = at.system.commands.filter((c) => c.startsWith('loginctl')).length
  await until(
    'it has looked again',
    () => at.system.commands.filter((c) => c.startsWith('loginctl')).length > looks + 1,
  )
  expect([at.asked, at.shown(), await isInhibited(at)]).toEqual([[], [], false])
})

test("automounters wait for the disc of this seat only, whatever the neighbour's drive does", async (context) => {
  const at = await scene(context, { state: 'blank', neighbour: true })
  at.put('/run/pktw/prepare/sr0.json', preparation('formatting', 10))
  const looks = () => at.system.commands.filter((c) => c.startsWith('loginctl show-seat seat1')).length
  await until('it has looked who is there', () => looks() > 1)
  expect(await isInhibited(at)).toBe(false)
  at.put('/run/pktw/prepare/sr1.json', preparation('formatting', 10, 'sr1'))
  await until('they wait', () => isInhibited(at))
  expect(at.shown().filter((line) => line.includes('sr0'))).toEqual([])
})

test('a preparation: automounters wait, the bar moves, and at its end they go on', async (context) => {
  const at = await scene(context, { state: 'blank' })
  await until('the disc is offered', () => at.shown().length > 0)
  at.put('/run/pktw/prepare/sr0.json', preparation('formatting', 250))
  await until('they wait', () => isInhibited(at))
  await until('the bar is there', () =>
    at.shown().some((line) => line.includes('formatting: 25 %') || line.includes('Formatting: 25 %')),
  )
  at.put('/run/pktw/prepare/sr0.json', preparation('done'))
  await until('they go on', async () => !(await isInhibited(at)))
  expect(at.asked).toEqual([])
})
