// From a drive's name (sr0) to what sysfs knows of it.
import { readdir, readFile } from 'node:fs/promises'

const attribute = (drive: string, name: string): Promise<string | undefined> =>
  readFile(`/sys/class/block/${drive}/${name}`, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )

/** `/dev/sgN` of the drive; undefined when it has none (the sg module is not loaded, or the drive is gone). */
export async function sgNodeOf(drive: string): Promise<string | undefined> {
  const names = await readdir(`/sys/class/block/${drive}/device/scsi_generic`).catch(() => [] as string[])
  const name = names.find((n) => /^sg[0-9]+$/.test(n))
  return name === undefined ? undefined : `/dev/${name}`
}

/** DISKSEQ of the medium in the drive; undefined when the drive is gone. */
export const diskseqOf = (drive: string): Promise<string | undefined> => attribute(drive, 'diskseq')

/** Bytes that one command may carry (120 KiB on USB 2); 64 KiB when sysfs does not say. */
export async function maxTransferOf(drive: string): Promise<number> {
  const kib = Number(await attribute(drive, 'queue/max_hw_sectors_kb'))
  return Number.isInteger(kib) && kib > 0 ? kib * 1024 : 64 * 1024
}
