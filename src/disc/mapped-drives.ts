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

/** Mounts of a block device (`nbd0`, `sr0`), found by its number: the source may be any link to it. */
export async function mountsOfDevice(system: System, device: string): Promise<Mount[]> {
  const number = (await system.read(`/sys/class/block/${device}/dev`))?.toString('utf8').trim()
  if (number === undefined) return []
  const text = (await system.read('/proc/self/mountinfo'))?.toString('utf8') ?? ''
  return parseMountinfo(text).filter((mount) => mount.device === number)
}
