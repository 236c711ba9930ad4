// Losses of a disc over all the times it was in.
import type { Loss } from '../packet/status.ts'

/** The newest are remembered: enough to see where, not a list of a broken disc. */
const mostLosses = 64

const keyOf = ({ lba, at }: Loss): string => `${lba} ${at}`

/** Both, each once as `now` has it, oldest first, the newest 64. */
export function mergeLosses(before: readonly Loss[], now: readonly Loss[]): Loss[] {
  const all = new Map([...before, ...now].map((loss) => [keyOf(loss), loss]))
  return [...all.values()].sort((a, b) => a.at - b.at).slice(-mostLosses)
}
