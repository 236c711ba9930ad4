// The automount in front of a drive's mount point (mount.automount), by the machine's mount table: the settings may have become
// others since it was started.
import type { CompiledSettings } from '../settings/compiled.ts'
import { type Mount, parseMountinfo } from '../system/mountinfo.ts'
import type { System } from '../system/system.ts'
import { compiledSettings } from './compiled-settings.ts'
import type { MappedDrive } from './mapped-drives.ts'

/** Units of a slot with an automount in front of it. */
export interface Front {
  automount: string
  mount: string
}

/** What waits at a slot's mount point for somebody to look; undefined when nothing does. */
export function frontAt(
  place: CompiledSettings['mounts'][number] | undefined,
  table: readonly Mount[],
): Front | undefined {
  if (place === undefined) return undefined
  if (!table.some(({ type, target }) => type === 'autofs' && target === place.where)) return undefined
  return { automount: place.unit.replace(/\.mount$/, '.automount'), mount: place.unit }
}

/** The automount unit that waits for somebody to look at the disc. Throws Stop when pktw is not installed. */
export async function waitingAutomount(
  system: System,
  mapped: MappedDrive | undefined,
): Promise<string | undefined> {
  if (mapped === undefined) return undefined
  const table = parseMountinfo((await system.read('/proc/self/mountinfo'))?.toString('utf8') ?? '')
  return frontAt((await compiledSettings(system)).mounts[mapped.slot], table)?.automount
}
