// Nothing waits in memory for ever: some time after the last write everything goes to the disc.
import type { Clock } from '../mmc/clock.ts'

/** For how long nothing was written, and how long the oldest has been waiting (ms); undefined when nothing waits. */
export type Restless = () => { quietMs: number; oldestMs: number } | undefined

/** A program that writes every second would put it off for ever; after this many times the delay it is time. */
const mostDelays = 4

/**
 * Calls `writeBack` when nothing was written for `afterMs`, or something has been waiting for four times as long, until
 * `ended` says so. One call at a time; after one that changed nothing the next comes after `afterMs` again.
 */
export async function keepWritingBack(parts: {
  clock: Clock
  afterMs: number
  restless: Restless
  writeBack: () => Promise<void>
  ended: () => boolean
}): Promise<void> {
  const { clock, afterMs, restless, writeBack, ended } = parts
  for (;;) {
    await clock.sleep(Math.min(1000, afterMs / 4))
    if (ended()) return
    const waiting = restless()
    if (waiting === undefined) continue
    if (waiting.quietMs < afterMs && waiting.oldestMs < mostDelays * afterMs) continue
    await writeBack()
    if (restless() !== undefined && !ended()) await clock.sleep(afterMs)
  }
}
