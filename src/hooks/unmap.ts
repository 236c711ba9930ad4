// pktw-unmap@.service: what `pktw unmap` and pktw-prepare@ end in, who would rather be refused than cut somebody off.
import { systemClock } from '../mmc/clock.ts'
import { giveBack, type Wording } from './give-back.ts'
import { flushPersistently, servedDisc } from './persistent-flush.ts'

const words = (drive: string): Wording => ({
  stays: `the disc in ${drive} stays mapped`,
  again: `Close it there, then: pktw unmap ${drive}`,
})

async function flush(drive: string): Promise<void> {
  const why = await flushPersistently(servedDisc(drive), systemClock)
  if (why === undefined) return
  throw new Error(
    `${words(drive).stays}: what was last written is not on the disc (${why}). ` +
      `Try once more, or: systemctl stop pktw@${drive} gives the disc up as it is`,
  )
}

/** Gives the disc back; it stays in the drive. Throws, with the disc mapped, when somebody uses it or the last writes did not reach it. */
export const unmapDisc = (drive: string): Promise<void> => giveBack(drive, words(drive), () => flush(drive))
