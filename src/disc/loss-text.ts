// Losses in words: which blocks, since when, why, and where a copy is.
import { countText, sizeText } from '../media/quantities.ts'
import type { Loss } from '../packet/status.ts'

const two = (number: number): string => String(number).padStart(2, '0')

/** `2026-11-29 03:04`, in the machine's own time. */
function timeText(ms: number): string {
  const at = new Date(ms)
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** "blocks 8192 to 8207 since 2026-11-29 03:04: 3/0C/00 write error; copy in /var/lib/…" */
export const lossText = ({ lba, blocks, at, why, kept }: Loss): string =>
  `blocks ${lba} to ${lba + blocks - 1} since ${timeText(at)}: ${why}${kept === undefined ? '' : `; copy in ${kept}`}`

/** "3 packets (98 kB)": how much. */
export const lostText = (losses: readonly Loss[]): string =>
  `${countText(losses.length, 'packet')} (${sizeText(losses.reduce((sum, { blocks }) => sum + blocks, 0))})`
