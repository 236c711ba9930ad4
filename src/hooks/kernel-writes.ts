// Discs that the kernel writes: the packet device is the drive itself, or a device of pktcdvd. No NBD device, the same everything else.
import { writeFile } from 'node:fs/promises'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { Writer } from '../settings/settings.ts'
import { log } from '../system/journal.ts'
import { formatProperties, parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { driveProperties } from './drive-properties.ts'
import { isNbd, retrigger } from './nbd.ts'
import { mapPktcdvd, unmapPktcdvd } from './pktcdvd.ts'
import { type Mapping, paths, seenProperties, writeState } from './state.ts'

const warn = ({ message, remedy }: Diagnostic): void => log.warning(`${message} ${remedy ?? ''}`)

/** Who writes the disc, as the probe decided when it came. */
export async function writerOfDisc(drive: string): Promise<Writer> {
  const { PKTW_BACKEND: backend } = (await seenProperties(drive)) as Partial<Record<string, string>>
  return backend === 'direct' || backend === 'pktcdvd' ? backend : 'engine'
}

/** What udev found in the disc's blocks: for a device that must not be asked itself. */
async function fileSystemProperties(drive: string): Promise<Record<string, string>> {
  const info = await run('udevadm', ['info', '--query=property', `--name=/dev/${drive}`])
  const all = parseProperties(info.stdout)
  return Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith('ID_FS_')))
}

async function mapByPktcdvd(drive: string, slot: number): Promise<string> {
  const { PKTW_PACKET: packet } = (await seenProperties(drive)) as Partial<Record<string, string>>
  const { device, warning } = await mapPktcdvd(drive, slot, Number(packet ?? 16))
  warn(warning)
  return device
}

/** Makes the packet device of the disc and its file for the rule, as attach.ts does with NBD. Rejects with what is in the way. */
export async function mapForKernel(drive: string, slot: number, backend: Writer): Promise<Mapping> {
  const device = backend === 'pktcdvd' ? await mapByPktcdvd(drive, slot) : drive
  const found =
    backend === 'pktcdvd' ? { ...(await fileSystemProperties(drive)), ...(await driveProperties(drive)) } : {}
  const own = { PKTW_DRIVE: drive, PKTW_SLOT: String(slot) }
  await writeState(
    paths.map(device),
    formatProperties({ ...(await seenProperties(drive)), ...found, ...own }),
  )
  // The kernel does not poll a drive that is open for writing, so pktw-engine does, and this unit hears of it.
  if (backend === 'direct') await run('systemctl', ['start', '--no-block', '--', `pktw-button@${drive}.path`])
  return { device, slot }
}

/** Gives the device back; its file under /run/pktw/map is gone already. True when the device was one of these, and no NBD device. */
export async function unmapForKernel(drive: string, device: string): Promise<boolean> {
  if (isNbd(device)) return false
  if (device === drive) {
    // No limit on what the page cache may keep for it, as before us (attach set one).
    await writeFile(`/sys/class/block/${drive}/bdi/max_ratio`, '100').catch(() => undefined)
  } else {
    const kept = await unmapPktcdvd(drive)
    if (kept !== undefined) warn(kept)
  }
  // The drive gets its own links and hints again, and the kernel looks whether the disc is still there.
  await retrigger(drive)
  return true
}
