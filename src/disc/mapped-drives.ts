// Which drives have a packet device, by what the hooks keep in /run/pktw/map.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { isPacketDevice } from '../system/drive-nodes.ts'
import { type Mount, parseMountinfo } from '../system/mountinfo.ts'
import { parseProperties } from '../system/properties.ts'
import type { System } from '../system/system.ts'

export interface MappedDrive {
  /** sr0 */
  drive: string
  /** Kernel name of the block device to be mounted: nbd0, pktcdvd0, or the drive itself. */
  device: string
  slot: number
}

/** All of them; files that are not understood are left out. */
export async function mappedDrives(system: System): Promise<MappedDrive[]> {
  const mapped: MappedDrive[] = []
  for (const device of await system.list('/run/pktw/map')) {
    if (!isPacketDevice(device)) continue
    const text = (await system.read(`/run/pktw/map/${device}`))?.toString('utf8') ?? ''
    const { PKTW_DRIVE: drive, PKTW_SLOT: slot } = parseProperties(text)
    if (drive !== undefined) mapped.push({ drive, device, slot: Number(slot ?? 0) })
  }
  return mapped
}

/** How this drive is mapped; undefined when it is not. */
export const mappedDrive = async (system: System, drive: string): Promise<MappedDrive | undefined> =>
  (await mappedDrives(system)).find((m) => m.drive === drive)

/** The same. Throws Stop when it is not mapped. */
export async function needMapped(system: System, drive: string): Promise<MappedDrive> {
  const mapped = await mappedDrive(system, drive)
  if (mapped === undefined) throw new Stop([diagnose('cli.not-mapped', { drive })])
  return mapped
}

/** Partitions that the kernel has found on a block device: `nbd0p1`. */
export async function partitionsOf(system: System, device: string): Promise<string[]> {
  const names = await system.list(`/sys/class/block/${device}`)
  return names.filter((name) => name.startsWith(device) && /^p[0-9]+$/.test(name.slice(device.length)))
}

/** File systems that may span several devices, and whose mounts have a number of their own (0:58) in place of the device's. */
const numberedApart = new Set(['btrfs', 'bcachefs'])

/** Which mounts of a table are of a block device or of one of its partitions, by number: the source may be any link to it. */
export async function mountsIn(system: System, device: string): Promise<(table: string) => Mount[]> {
  const names = [device, ...(await partitionsOf(system, device))]
  const read = async (name: string) =>
    (await system.read(`/sys/class/block/${name}/dev`))?.toString('utf8').trim()
  const numbers = new Set(await Promise.all(names.map(read)))
  const nodes = new Set(names.map((name) => `/dev/${name}`))
  return (table) =>
    parseMountinfo(table).filter(
      (mount) => numbers.has(mount.device) || (numberedApart.has(mount.type) && nodes.has(mount.source)),
    )
}

/** Mounts of a block device (`nbd0`, `sr0`) and of its partitions in this process's mount namespace, or in that of `table`. */
export async function mountsOfDevice(
  system: System,
  device: string,
  table = '/proc/self/mountinfo',
): Promise<Mount[]> {
  const text = (await system.read(table))?.toString('utf8') ?? ''
  return (await mountsIn(system, device))(text)
}
