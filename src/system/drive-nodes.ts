// From a drive's name (sr0) to what sysfs knows of it, and back. Every path is below `root`, which is /sys but for tests.
// The probe imports this: nothing here but node:fs.
import { readFileSync } from 'node:fs'
import { readdir, realpath } from 'node:fs/promises'
import path from 'node:path'

/** True for the kernel name of an optical drive; anything else must not get into a path. */
export const isDriveName = (name: string): boolean => /^sr[0-9]{1,4}$/.test(name)

/** True for what a mapped disc may be served as: an NBD device, a device of pktcdvd, or the drive itself. */
export const isPacketDevice = (name: string): boolean => /^(nbd|pktcdvd|sr)[0-9]{1,4}$/.test(name)

// Synchronous: sysfs answers from memory, and DISKSEQ is looked at right before each write.
const textAt = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

const attribute = (device: string, name: string, root: string): string | undefined =>
  textAt(path.join(root, 'class/block', device, name))

/** Below /sys. */
export const pollDefault = 'module/block/parameters/events_dfl_poll_msecs'

const firstEntry = async (directory: string): Promise<string | undefined> =>
  (await readdir(directory).catch((): string[] => []))[0]

/** `/dev/sgN` of the drive; undefined when it has none (the sg module is not loaded, or the drive is gone). */
export async function sgNodeOf(drive: string, root = '/sys'): Promise<string | undefined> {
  const name = await firstEntry(path.join(root, 'class/block', drive, 'device/scsi_generic'))
  return name === undefined ? undefined : `/dev/${name}`
}

/** `sr0` for `/dev/sgN`, through links; undefined when that is no optical drive. */
export async function driveOfSg(node: string, root = '/sys'): Promise<string | undefined> {
  const device = path.basename(await realpath(node).catch(() => node))
  const name = await firstEntry(path.join(root, 'class/scsi_generic', device, 'device/block'))
  return name !== undefined && isDriveName(name) ? name : undefined
}

/** DISKSEQ of the medium that is in the drive now; undefined when the drive is gone. */
export const diskseqOf = (drive: string, root = '/sys'): string | undefined =>
  attribute(drive, 'diskseq', root)

/** `major:minor` of a block device; undefined when it is gone. */
export const devnumOf = (device: string, root = '/sys'): string | undefined => attribute(device, 'dev', root)

/** Bytes that one command may carry (120 KiB on USB 2); undefined when the kernel does not tell. */
export function maxTransferOf(drive: string, root = '/sys'): number | undefined {
  const kib = Number(attribute(drive, 'queue/max_hw_sectors_kb', root))
  return Number.isInteger(kib) && kib > 0 ? kib * 1024 : undefined
}

/** ms at which the kernel polls the drive for a change of its disc and for its button; 0: it does not. Undefined when it does not tell. */
export const pollMsOf = (drive: string, root = '/sys'): number | undefined =>
  pollMs(attribute(drive, 'events_poll_msecs', root), textAt(path.join(root, pollDefault)))

/** The same, from what /sys has for the drive, and for all drives. */
export function pollMs(ofDrive: string | undefined, ofAll: string | undefined): number | undefined {
  // -1: as for all.
  const ms = Number((ofDrive === '-1' ? ofAll : ofDrive) ?? Number.NaN)
  return Number.isInteger(ms) && ms >= 0 ? ms : undefined
}
