// Whether the disc is still the one that was taken up, told by the kernel's DISKSEQ: it counts up at every change of medium.
import type { Clock } from '../mmc/clock.ts'
import type { DiscWatch } from '../packet/guard.ts'

/** DISKSEQ now; undefined when the drive is not there. A cheap read. */
export type ReadDiskseq = () => string | undefined

/** ms for the kernel to notice what the drive told us first: it polls every 2 s (block.events_dfl_poll_msecs). */
const noticeMs = 5_000
const lookMs = 200

/** Watches for the disc that had the number `ours`. */
export function watchDisc(
  drive: string,
  ours: string,
  read: ReadDiskseq,
  clock: Clock,
  waitMs = noticeMs,
): DiscWatch {
  const lost = (): string | undefined => {
    const now = read()
    if (now === ours) return undefined
    return now === undefined
      ? `the drive ${drive} is gone`
      : `the disc was swapped: disc ${ours} of ${drive} was mapped, disc ${now} is in the drive now`
  }
  return {
    lost,
    async lostAfterNotice() {
      const end = clock.now() + waitMs
      for (;;) {
        const why = lost()
        if (why !== undefined || clock.now() >= end) return why
        await clock.sleep(Math.min(lookMs, waitMs))
      }
    },
  }
}
