// Whether a block device is in use is the kernel's to say: an exclusive open (O_EXCL, open(2)) fails with EBUSY under a mount in any namespace,
// a btrfs, a partition that is mounted, LUKS, LVM, MD and swap, and while it lasts none of these can begin.
import { close, fsync } from 'node:fs'
import { promisify } from 'node:util'
import { type Clock, systemClock } from '../mmc/clock.ts'
import { openExclusively } from './claim-drive.ts'

/** ms between two tries. */
const pause = 250

/** A device that is ours alone, but for programs that have it open without wanting that. */
export interface DeviceClaim {
  /** Has the kernel write what it keeps of the device in memory. Rejects as fsync(2). */
  sync(): Promise<void>
  release(): void
}

const isBusy = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EBUSY'

/**
 * Claims /dev/`device`; undefined when it is still in use after `patienceMs`. `open` and `clock` stand for the machine. Rejects with
 * what open(2) says otherwise, or ETIMEDOUT.
 */
export async function claimDevice(
  device: string,
  patienceMs: number,
  open: (path: string) => Promise<number> = openExclusively,
  clock: Clock = systemClock,
): Promise<DeviceClaim | undefined> {
  const end = clock.now() + patienceMs
  for (;;) {
    try {
      const fd = await open(`/dev/${device}`)
      let held = true
      return {
        sync: () => promisify(fsync)(fd),
        release: () => {
          if (held) close(fd, () => undefined)
          held = false
        },
      }
    } catch (error) {
      if (!isBusy(error)) throw error
      if (clock.now() >= end) return undefined
      await clock.sleep(pause)
    }
  }
}
