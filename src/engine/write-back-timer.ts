// Nothing waits in memory for ever: some time after the last write everything goes to the disc.
import type { Clock } from '../mmc/clock.ts'

/** What is not on the medium; undefined when everything is. */
export type Restless = () =>
  | {
      /** For how long nothing was written, and how long the oldest has been waiting (ms). */
      quietMs: number
      oldestMs: number
      /** How many packets it is. */
      packets: number
    }
  | undefined

/** A program that writes every second would put it off for ever; after this many times the delay it is time. */
const mostDelays = 4
/** After a try that brought nothing the pause before the next one doubles, up to this many ms. */
const longestPauseMs = 3_600_000
/** So many such tries in a row, and only who writes or flushes brings about another: each one costs the disc. */
const mostTries = 12

/**
 * Calls `writeBack` when nothing was written for `afterMs`, or something has been waiting for four times as long, until
 * `ended` says so. One call at a time; those that bring nothing grow apart, and end until something is written.
 */
export async function keepWritingBack(parts: {
  clock: Clock
  afterMs: number
  restless: Restless
  writeBack: () => Promise<void>
  ended: () => boolean
}): Promise<void> {
  const { clock, afterMs, restless, writeBack, ended } = parts
  let inVain = 0
  let triedAt = 0
  let writtenAt = 0
  for (;;) {
    await clock.sleep(Math.min(1000, afterMs / 4))
    if (ended()) return
    const waiting = restless()
    if (waiting === undefined) {
      inVain = 0
      continue
    }
    if (waiting.quietMs < afterMs && waiting.oldestMs < mostDelays * afterMs) continue
    const pauseMs = inVain === 0 ? 0 : Math.min(longestPauseMs, afterMs * 2 ** (inVain - 1))
    if (clock.now() - triedAt < pauseMs) continue
    const lastWrite = clock.now() - waiting.quietMs
    if (inVain >= mostTries && lastWrite <= writtenAt) continue
    await writeBack()
    triedAt = clock.now()
    writtenAt = lastWrite
    inVain = (restless()?.packets ?? 0) < waiting.packets ? 0 : inVain + 1
  }
}
