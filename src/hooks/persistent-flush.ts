// A flush for somebody who wants the disc out. One that fails may succeed a moment later, when the kernel has reset the drive or the next
// engine has taken over, and nobody should have to press the button again for that.
import type { Clock } from '../mmc/clock.ts'
import { log } from '../system/journal.ts'
import { type Answer, ask } from './control.ts'
import { discIsThere } from './state.ts'

/** ms from the first flush that fails until no other one is tried. */
const keptMs = 120_000
/** ms for the first flush: a full cache on a slow CD-RW. */
const flushMs = 10 * 60_000
/** ms before the second flush; twice as long before each further one, up to the other. */
const firstPauseMs = 2_000
const longestPauseMs = 15_000

export interface FlushedDisc {
  /** Has everything written to the medium, within so many ms. */
  flush(limitMs: number): Promise<Answer>
  /** The disc is in the drive; without it there is nothing to try. */
  isThere(): Promise<boolean>
  /** Called with why the first flush failed. */
  onFirstFailure(why: string): void
}

const whyNot = ({ error }: Answer): string => error ?? 'no reason given'

/**
 * Flushes until one succeeds, for two minutes after the first that fails. Gives why the last one failed; undefined when everything is on
 * the disc.
 */
export async function flushPersistently(disc: FlushedDisc, clock: Clock): Promise<string | undefined> {
  let answer = await disc.flush(flushMs)
  if (answer.ok) return undefined
  disc.onFirstFailure(whyNot(answer))
  const end = clock.now() + keptMs
  for (let pause = firstPauseMs; !answer.ok; pause = Math.min(2 * pause, longestPauseMs)) {
    const left = end - clock.now()
    if (left <= 0 || !(await disc.isThere())) return whyNot(answer)
    await clock.sleep(Math.min(pause, left))
    // One that has begun may take its time: the drive is at work then.
    answer = await disc.flush(keptMs)
  }
  return undefined
}

/** The disc that the drive's engine serves. */
export const servedDisc = (drive: string): FlushedDisc => ({
  flush: (limitMs) => ask(drive, { do: 'flush' }, limitMs),
  isThere: () => discIsThere(drive),
  onFirstFailure: (why) =>
    log.warning(`${drive}: not everything is on the disc (${why}): it is tried again for two minutes`),
})
