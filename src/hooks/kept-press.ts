// A press of the button that is kept for a while: a flush that fails may succeed a moment later, when the kernel has reset the drive or
// the next engine has taken over. Nobody should have to press again for that.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import type { Clock } from '../mmc/clock.ts'
import type { Answer } from './control.ts'

/** ms from the first flush that fails until the press is forgotten. */
const keptMs = 120_000
/** ms for the first flush: a full cache on a slow CD-RW. */
const flushMs = 10 * 60_000
/** ms before the second flush; twice as long before each further one, up to the other. */
const firstPauseMs = 2_000
const longestPauseMs = 15_000

export interface Press {
  /** Has everything written to the medium, within so many ms. */
  flush(limitMs: number): Promise<Answer>
  /** The disc is in the drive; without it there is nothing to try. */
  discIsThere(): Promise<boolean>
  /** Called with why the first flush failed. */
  onFirstFailure(why: string): void
  clock: Clock
}

const whyNot = ({ error }: Answer): string => error ?? 'no reason given'

/** Flushes until one succeeds. Throws Stop when none has within the time that a press is kept. */
export async function flushForPress(drive: string, press: Press): Promise<void> {
  const { flush, discIsThere, onFirstFailure, clock } = press
  let answer = await flush(flushMs)
  if (answer.ok) return
  onFirstFailure(whyNot(answer))
  const end = clock.now() + keptMs
  for (let pause = firstPauseMs; !answer.ok; pause = Math.min(2 * pause, longestPauseMs)) {
    const left = end - clock.now()
    if (left <= 0 || !(await discIsThere()))
      throw new Stop([diagnose('eject.not-on-disc', { drive, why: whyNot(answer) })])
    await clock.sleep(Math.min(pause, left))
    // One that has begun may take its time: the drive is at work then.
    answer = await flush(keptMs)
  }
}
