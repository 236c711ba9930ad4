// What the kernel tells of a drive in /sys. Every path is below `root`, which is /sys but for tests.
import { readFileSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import type { ReadDiskseq } from './watch.ts'

/** True for the kernel name of an optical drive; anything else must not get into a path. */
export const isDriveName = (name: string): boolean => /^sr[0-9]{1,4}$/.test(name)

const firstEntry = async (directory: string): Promise<string | undefined> =>
  (await readdir(directory).catch((): string[] => []))[0]

/** `/dev/sgN` of a drive; undefined when there is no such drive or the module sg is not loaded. */
export async function sgOf(drive: string, root = '/sys'): Promise<string | undefined> {
  const name = await firstEntry(path.join(root, 'class/block', drive, 'device/scsi_generic'))
  return name === undefined ? undefined : `/dev/${name}`
}

/** `sr0` for `/dev/sgN`, through links; undefined when that is no optical drive. */
export async function driveOf(sg: string, root = '/sys'): Promise<string | undefined> {
  const device = path.basename(await realpath(sg).catch(() => sg))
  const name = await firstEntry(path.join(root, 'class/scsi_generic', device, 'device/block'))
  return name !== undefined && isDriveName(name) ? name : undefined
}

/** Bytes that one command may carry (queue/max_hw_sectors_kb); undefined when the kernel does not tell. */
export async function transferLimit(drive: string, root = '/sys'): Promise<number | undefined> {
  const file = path.join(root, 'class/block', drive, 'queue/max_hw_sectors_kb')
  const kib = Number((await readFile(file, 'utf8').catch(() => '')).trim())
  return Number.isInteger(kib) && kib > 0 ? kib * 1024 : undefined
}

/** Reads a drive's DISKSEQ. Synchronous: it comes right before each write, and sysfs answers from memory. */
export function diskseqReader(drive: string, root = '/sys'): ReadDiskseq {
  const file = path.join(root, 'class/block', drive, 'diskseq')
  return () => {
    try {
      return readFileSync(file, 'utf8').trim() || undefined
    } catch {
      return undefined
    }
  }
}
