// pktwd in the test's own process: on a private bus, for a machine made of files, with a systemd that changes them.
import type { ChildProcess } from 'node:child_process'
import path from 'node:path'
import type { Bus } from '../../src/bus/connection.ts'
import { Daemon } from '../../src/daemon/daemon.ts'
import type { System } from '../../src/system/system.ts'
import { driveFiles, linkDrive, machine } from '../cli/machine.ts'
import type { PrivateBus } from './private-bus.ts'

/** What a unit's start or stop leaves. */
export interface Effect {
  /** Path → text; empty: the file goes. */
  files?: Record<string, string>
  result?: string
  delay?: number
  state?: string
}

const mountLine = (where: string, device: string, options: string): string =>
  `40 21 ${device} / ${where} rw shared:9 - udf /dev/nbd0 rw,${options}\n`

export const mountinfo = '/proc/self/mountinfo'

export interface DeskOptions {
  /** udev's properties by device. */
  udev?: Record<string, Record<string, string>>
  files?: Record<string, string>
  effects?: Record<string, Effect>
  settings?: object
  idleMs?: number
  stopping?: Promise<unknown>
}

export const readyDisc = {
  ID_CDROM_MEDIA: '1',
  ID_CDROM_MEDIA_DVD_PLUS_RW: '1',
  DISKSEQ: '7',
  PKTW_STATE: 'ready',
  PKTW_MEDIUM: 'dvd+rw',
  PKTW_PACKET: '16',
  PKTW_BLOCKS: '2295104',
  PKTW_BACKEND: 'engine',
  ID_FS_USAGE: 'filesystem',
  ID_FS_LABEL: 'PHOTOS',
}

/** A mounted disc of this user; 0 for nobody's. */
export const mountedBy = (uid: number, where = '/media/cdvdrw'): Record<string, string> => ({
  '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
  [mountinfo]: mountLine(where, '43:0', uid === 0 ? 'gid=24' : `uid=${uid},gid=${uid}`),
})
/** A disc with a file system that knows no user, mounted by other than our unit. */
export const mountedAt = (where: string): Record<string, string> => ({
  ...mountedBy(0),
  [mountinfo]: `40 21 43:0 / ${where} rw shared:9 - ext4 /dev/nbd0 rw\n`,
})
export const mapped: Record<string, string> = {
  '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
  [mountinfo]: '',
}
export const unmapped: Record<string, string> = { '/run/pktw/map/nbd0': '', [mountinfo]: '\n' }

/** What the units of sr0 do when all is well. */
export const usual = (uid = 0): Record<string, Effect> => ({
  'start pktw@sr0.service': { files: { '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n' } },
  'start pktw-unmap@sr0.service': { files: unmapped, state: 'inactive' },
  'start media-cdvdrw.mount': { files: mountedBy(uid) },
  'stop media-cdvdrw.mount': { files: { [mountinfo]: '\n' } },
  'start pktw-eject@sr0.service': { files: unmapped, state: 'inactive' },
})

/** An automount at the usual place, and nothing on it. */
const waits = '39 21 0:45 / /media/cdvdrw rw shared:8 - autofs systemd-1 rw,fd=61\n'
const front = 'media-cdvdrw.automount'
/** The same with mount.automount: a mapped disc that waits for somebody to look. */
export const automounted = {
  settings: {
    style: 'systemd',
    mounts: [{ where: '/media/cdvdrw', unit: 'media-cdvdrw.mount', automount: front }],
  },
  files: { ...mapped, [mountinfo]: waits },
  effects: {
    [`start ${front}`]: { files: { [mountinfo]: waits } },
    // What systemd does to a disc that is still mounted is no way to unmount it.
    [`stop ${front}`]: { files: { [mountinfo]: '\n' } },
    'start media-cdvdrw.mount': {
      files: { [mountinfo]: `${waits}${mountLine('/media/cdvdrw', '43:0', 'gid=24')}` },
    },
    'stop media-cdvdrw.mount': { files: { [mountinfo]: waits } },
  },
} satisfies DeskOptions

/** Never written to. */
export const blankDisc = {
  ID_CDROM_MEDIA: '1',
  ID_CDROM_MEDIA_DVD_PLUS_RW: '1',
  ID_CDROM_MEDIA_STATE: 'blank',
  DISKSEQ: '7',
  PKTW_STATE: 'blank',
}

/** A call to what the mock of systemd is besides. */
const mockCall = (client: Bus, member: string, signature: string, body: unknown[]): Promise<unknown> =>
  client.call({
    destination: 'org.freedesktop.systemd1',
    path: '/org/freedesktop/systemd1',
    interface: 'org.freedesktop.DBus.Mock',
    member,
    signature,
    body,
  })

/** Something happens that nobody called us for: the state of units, and files. */
export const happens = (
  client: Bus,
  units: Record<string, Record<string, string>>,
  files: Record<string, string>,
): Promise<unknown> => mockCall(client, 'Happens', 'a{sa{ss}}a{ss}', [units, files])

export interface Desk {
  system: System & { commands: string[] }
  bus: Bus
  /** When the service has ended by itself. */
  ended: Promise<void>
  systemd: ChildProcess
  /** Ends it. */
  end(): Promise<void>
}

/** Starts it, and its systemd. sr0 is on seat0, sr1 as udev's properties say. */
export async function startDesk(bus: PrivateBus, options: DeskOptions = {}): Promise<Desk> {
  const { udev = { sr0: readyDisc }, files = {}, effects = usual(), settings, idleMs = 600_000 } = options
  const { stopping = new Promise(() => undefined) } = options
  const drives = Object.keys(udev).filter((name) => name.startsWith('sr'))
  const answers = Object.fromEntries(
    Object.entries(udev).map(([name, properties]) => [
      `udevadm info --query=property --path=/sys/class/block/${name}`,
      {
        stdout: Object.entries(properties)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      },
    ]),
  )
  const system = machine(
    {
      ...Object.assign({}, ...drives.map((name) => driveFiles(name, `11:${name.slice(2)}`))),
      '/sys/class/block/nbd0/dev': '43:0\n',
      [mountinfo]: '\n',
      '/run/pktw/map/.keep': '',
      '/run/udev/data/b11:0': '',
      '/etc/machine-id': '0123456789abcdef0123456789abcdef\n',
      '/usr/lib/pktw/settings.json': JSON.stringify(
        settings ?? { style: 'systemd', mounts: [{ where: '/media/cdvdrw', unit: 'media-cdvdrw.mount' }] },
      ),
      ...files,
    },
    {
      ...answers,
      'getent passwd mail': { stdout: 'mail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n' },
      'getent passwd': { stdout: 'games:x:5:60:games:/usr/games:/usr/sbin/nologin\n' },
    },
  )
  for (const name of drives) linkDrive(system, name)
  const systemd = await bus.mock('systemd1')
  const own = await bus.connect()
  await mockCall(own, 'Become', 'ss', [path.resolve(system.root), JSON.stringify(effects)])
  const running = Daemon.run({ bus: own, system, version: '0.0.0-test', idleMs, followMs: 200, stopping })
  const there = new Promise<void>((resolve, reject) => {
    running.then(() => reject(new Error('it ended')), reject)
    const look = async (): Promise<void> => {
      const watch = await bus.connect()
      const call = { destination: 'org.freedesktop.DBus', path: '/', interface: 'org.freedesktop.DBus' }
      for (;;) {
        const [has] = await watch.call({
          ...call,
          member: 'NameHasOwner',
          signature: 's',
          body: ['org.pktw.Pktw1'],
        })
        if (has === true) break
        await new Promise((soon) => setTimeout(soon, 20))
      }
      watch.close()
      resolve()
    }
    void look()
  })
  await there
  running.catch(() => {})
  const end = async (): Promise<void> => {
    own.close()
    await running.catch(() => {})
  }
  return { system, bus: own, ended: running, systemd, end }
}
