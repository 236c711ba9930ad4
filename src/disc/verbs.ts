// What is decided before a verb does anything: the same for `pktw`, which acts by itself, and for the service on the bus.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { unitNameOfPath } from '../render/unit-name.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import type { Mount } from '../system/mountinfo.ts'
import type { DiscState } from './disc-state.ts'
import type { MappedDrive } from './mapped-drives.ts'

/** Throws Stop unless the disc can be taken up, with what to do about it. */
export function needReady(drive: string, disc: DiscState): void {
  if (disc.state === 'ready') return
  const why = disc.reason?.message ?? (disc.present ? 'its medium is not handled' : 'there is no disc')
  const told = diagnose('cli.not-ready', { drive, state: disc.state ?? 'not examined', why })
  throw new Stop([disc.reason?.remedy === undefined ? told : { ...told, remedy: disc.reason.remedy }])
}

/**
 * By what udev found on the packet device, as the rule that has a disc mounted goes by it too; by nothing where udev cannot
 * be asked. Throws Stop.
 */
export function needFileSystem(drive: string, properties: Record<string, string>): void {
  if (properties.ID_FS_USAGE === 'filesystem' || Object.keys(properties).length === 0) return
  throw new Stop([diagnose('cli.no-file-system', { drive })])
}

/**
 * Who mounts a mapped disc: units that are started one after the other, or udisks for the user who asks. The automount is the first
 * of them, so that it waits again once the disc is unmounted. Throws Stop where nobody mounts it.
 */
export function howToMount(
  settings: CompiledSettings,
  { drive, slot }: MappedDrive,
): { units: readonly string[] } | 'udisks' {
  if (settings.style === 'none') throw new Stop([diagnose('cli.mount-not-ours', { drive })])
  if (settings.style === 'udisks') return 'udisks'
  const place = settings.mounts[slot]
  const [number, slots] = [slot + 1, settings.mounts.length]
  if (place === undefined) throw new Stop([diagnose('cli.no-mount-point', { drive, number, slots })])
  return { units: place.automount === undefined ? [place.unit] : [place.automount, place.unit] }
}

/** The mount unit of ours that made it. */
export const ownUnit = (settings: CompiledSettings, mount: Mount): string | undefined =>
  settings.mounts.find(({ where }) => where === mount.target)?.unit

/** The unit whose stop unmounts it, whoever has mounted it: for root. */
export const unitOfMount = (mount: Mount): string => unitNameOfPath(mount.target, 'mount')
