// Whether the disc is still the one that was taken up. The kernel's DISKSEQ says so, which counts up at every change of medium that the
// kernel notices; where the drive noticed first, what else there is to go by.
import type { Clock } from '../mmc/clock.ts'
import type { DiscWatch } from '../packet/guard.ts'

/** DISKSEQ now; undefined when the drive is not there. A cheap read. */
export type ReadDiskseq = () => string | undefined

export interface WatchedDisc {
  drive: string
  /** DISKSEQ of the disc that was taken up. */
  diskseq: string
  read: ReadDiskseq
  clock: Clock
  /** Has the kernel ask the drive for its media events, at once and to the end; rejects when that does not work. */
  look?: (() => Promise<void>) | undefined
  /** ms for the kernel to notice by itself, where it cannot be made to look; see noticeMs. */
  noticeMs?: number | undefined
  /** What the drive's own media events say (GET EVENT STATUS NOTIFICATION, MMC-6 §6.7). Asked last. */
  events: () => Promise<'changed' | 'unchanged' | 'unknown'>
  /** Whether the disc in the drive holds what ours held. */
  contents: () => Promise<'same' | 'other' | 'unknown'>
}

/** What the kernel polls at where nobody has set anything else (block.events_dfl_poll_msecs, which udev sets). */
const usualPollMs = 2_000
const longestNoticeMs = 30_000
const lookMs = 200
/** ms for the kernel to look: it waits for a drive that is busy. */
const longestLookMs = 60_000

/**
 * ms in which a kernel that polls every `pollMs` has noticed a change: two polls, and what they take. 0: it does not poll, and waiting is
 * of no use.
 */
export const noticeMs = (pollMs = usualPollMs): number =>
  pollMs === 0 ? 0 : Math.min(2 * pollMs + 1_000, longestNoticeMs)

export function watchDisc(disc: WatchedDisc): DiscWatch {
  const { drive, diskseq, clock } = disc
  const lost = (): string | undefined => {
    const now = disc.read()
    if (now === diskseq) return undefined
    return now === undefined
      ? `the drive ${drive} is gone`
      : `the disc was swapped: disc ${diskseq} of ${drive} was mapped, disc ${now} is in the drive now`
  }

  /** Until the kernel knows what the drive knows, if that can be brought about. */
  async function kernelsTurn(): Promise<void> {
    const looked = disc.look?.().then(
      () => true,
      () => false,
    )
    const tooLong = () => clock.sleep(longestLookMs).then(() => false)
    if (looked !== undefined && (await Promise.race([looked, tooLong()]))) return
    const end = clock.now() + (disc.noticeMs ?? noticeMs())
    while (lost() === undefined && clock.now() < end) await clock.sleep(Math.min(lookMs, end - clock.now()))
  }

  return {
    lost,
    async lostAfterNotice() {
      await kernelsTurn()
      const why = lost()
      if (why !== undefined) return why
      const contents = await disc.contents()
      const events = await disc.events()
      return lost() ?? verdict(drive, contents, events)
    },
  }
}

/** Why nothing may be written any more; undefined when the disc is certainly ours. */
function verdict(
  drive: string,
  contents: 'same' | 'other' | 'unknown',
  events: 'changed' | 'unchanged' | 'unknown',
): string | undefined {
  if (events === 'changed') return `${drive} reports that its disc was changed`
  if (contents === 'other') return `the disc in ${drive} is not the one that was mapped`
  if (contents === 'same' || events === 'unchanged') return undefined
  return `${drive} reports that its disc may have been changed, and nothing shows that it was not`
}
