// Who uses a block device, for people. The kernel decides whether anybody does (system/claim-device.ts), and does not say who.
import { type Holder, holdersOf } from '../system/holders.ts'
import type { Mount } from '../system/mountinfo.ts'
import type { System } from '../system/system.ts'
import { mountsIn, mountsOfDevice, partitionsOf } from './mapped-drives.ts'

export type DeviceUser =
  /** A program with a file of the disc, or with the device itself, open. */
  | ({ kind: 'program' } & Holder)
  | { kind: 'mount'; target: string; device: string }
  /** Mounted where the machine does not see it: in a container, say. `pid` is one of the processes there. */
  | { kind: 'mount-elsewhere'; target: string; pid: number; command: string }
  /** A block device that is made of this one: LUKS, LVM, MD. `name` is what device-mapper calls it. */
  | { kind: 'stacked'; device: string; name: string }
  | { kind: 'swap'; device: string }

const text = async (system: System, path: string): Promise<string> =>
  ((await system.read(path).catch(() => undefined))?.toString('utf8') ?? '').trim()

/** What others name their volumes and programs is shown on terminals: it must not steer them. */
const printable = (name: string): string => name.replace(/\p{Cc}/gu, '?')

/** Block devices that are made of this one. */
async function stackedOn(system: System, device: string): Promise<DeviceUser[]> {
  const found: DeviceUser[] = []
  for (const above of await system.list(`/sys/class/block/${device}/holders`)) {
    const name = printable(await text(system, `/sys/class/block/${above}/dm/name`))
    found.push({ kind: 'stacked', device: above, name: name || above })
  }
  return found
}

async function swapOn(system: System, names: readonly string[]): Promise<DeviceUser[]> {
  const lines = (await text(system, '/proc/swaps')).split('\n').map((line) => line.split(/\s/)[0])
  return names.filter((name) => lines.includes(`/dev/${name}`)).map((device) => ({ kind: 'swap', device }))
}

/** Mounts in other mount namespaces than the machine's own, each namespace once. Needs root to see all. */
async function mountsElsewhere(system: System, device: string): Promise<DeviceUser[]> {
  const ofDevice = await mountsIn(system, device)
  const namespaceOf = async (pid: string): Promise<string | undefined> => {
    const link = await system.inspect(`/proc/${pid}/ns/mnt`).catch(() => undefined)
    return link?.kind === 'symlink' ? link.target : undefined
  }
  const seen = new Set<string | undefined>([undefined, await namespaceOf('1')])
  const found: DeviceUser[] = []
  for (const pid of (await system.list('/proc')).filter((name) => /^[0-9]+$/.test(name))) {
    const namespace = await namespaceOf(pid)
    if (seen.has(namespace)) continue
    seen.add(namespace)
    for (const { target } of ofDevice(await text(system, `/proc/${pid}/mountinfo`))) {
      const command = printable(await text(system, `/proc/${pid}/comm`))
      found.push({ kind: 'mount-elsewhere', target: printable(target), pid: Number(pid), command })
    }
  }
  return found
}

/** pktw-engine has the drive open, and keeps nobody from unmounting. */
const isOurs = async (system: System, pid: number): Promise<boolean> =>
  /\/pktw(-spare)?@sr[0-9]+\.service\b/.test(await text(system, `/proc/${pid}/cgroup`))

async function programs(
  system: System,
  names: readonly string[],
  mounts: readonly Mount[],
): Promise<DeviceUser[]> {
  const paths = [...mounts.map(({ target }) => target), ...names.map((name) => `/dev/${name}`)]
  const found: DeviceUser[] = []
  for (const holder of await holdersOf(...paths))
    if (holder.pid !== process.pid && !(await isOurs(system, holder.pid)))
      found.push({ kind: 'program', ...holder })
  return found
}

/**
 * Everything that is known to use these block devices or their partitions; what keeps one busy and is told nowhere is not among it.
 * `table` is the mount table to go by: that of the machine, for who is in a mount namespace of their own.
 */
export async function usersOf(
  system: System,
  devices: readonly string[],
  table?: string,
): Promise<DeviceUser[]> {
  const users: DeviceUser[] = []
  const mounts: Mount[] = []
  const names: string[] = []
  for (const device of new Set(devices)) {
    const own = [device, ...(await partitionsOf(system, device))]
    const mounted = await mountsOfDevice(system, device, table)
    // A mount of the machine's is in the tables of most other namespaces as well.
    if (mounted.length === 0) users.push(...(await mountsElsewhere(system, device)))
    for (const name of own) users.push(...(await stackedOn(system, name)))
    users.push(...(await swapOn(system, own)))
    users.push(...mounted.map(({ target }): DeviceUser => ({ kind: 'mount', target, device })))
    mounts.push(...mounted)
    names.push(...own)
  }
  return [...(await programs(system, names, mounts)), ...users]
}

/** As a phrase: `bash (pid 812, /media/cdvdrw/notes.txt)`. */
function userText(user: DeviceUser): string {
  switch (user.kind) {
    case 'program':
      return `${user.command} (pid ${user.pid}, ${user.file})`
    case 'mount':
      return `the file system at ${printable(user.target)}`
    case 'mount-elsewhere':
      return `a file system at ${user.target} in the mount namespace of ${user.command} (pid ${user.pid})`
    case 'stacked':
      return user.name === user.device ? user.device : `the volume “${user.name}” (${user.device})`
    case 'swap':
      return `swap space on ${user.device}`
  }
}

/** Only the kernel knows, and only that it is in use: btrfs over several devices, a program that has ended meanwhile. */
const unknownUser = 'something in the kernel, or a program that has ended meanwhile'

/** Of several users one line. Where a program has a file open, the file system under it goes without saying. */
export function usersText(users: readonly DeviceUser[]): string {
  const told = users.some(({ kind }) => kind === 'program')
    ? users.filter(({ kind }) => kind !== 'mount')
    : users
  return told.length === 0 ? unknownUser : told.map(userText).join(', ')
}
