// Who writes this disc: what the settings ask for, where the disc allows it.
import { backendsOf } from '../settings/backends.ts'
import type { Writer } from '../settings/settings.ts'
import type { DiscDecision } from './decide.ts'

/** `wish` is what the settings say of the medium; a disc that is something else than udev took it for gets the engine. */
export function writerOf(wish: Writer, { medium, mrw }: DiscDecision): Writer {
  if (mrw === true) return 'direct'
  return medium !== undefined && backendsOf(medium).includes(wish) ? wish : 'engine'
}
