// Says to systemd that the engine is alive, for as long as it does what it is there for. An engine that does not say so for the time of
// WatchdogSec= is ended with SIGABRT, and the next one takes over (docs/engine.md, "When it hangs").
import type { Clock } from '../mmc/clock.ts'
import type { Log } from '../system/journal.ts'
import type { Waiting } from './unanswered.ts'

/** ms that a timer may come late: a machine that is busy, and a step of ours that takes long. */
const mostLateMs = 10_000
/** ms that an answer may come later than the command's limit; the transport gives up by itself at that limit. */
const graceMs = 20_000
/**
 * ms that a request may wait while the drive is asked nothing. Not the time that it may take: a flush of a full cache to a worn disc takes
 * an hour, all of which the drive is at work, and an engine that was ended for it would leave the next one the same work.
 */
const idleMs = 300_000
/** Beats within WatchdogSec=: one that is late or lost does no harm. */
const beatsPerLimit = 4

/** Why the engine is taken for one that hangs; undefined when it is alive. `lateMs` is how late the timer came that asks, at `now`. */
export function hangs(
  { request, command, answered }: Waiting,
  now: number,
  lateMs: number,
): string | undefined {
  if (lateMs > mostLateMs) return `a timer came ${seconds(lateMs)} late`
  if (command !== undefined) {
    const { name, since, limitMs } = command
    return now - since > limitMs + graceMs
      ? `${name} has had no answer for ${seconds(now - since)}, though it ends after ${seconds(limitMs)}`
      : undefined
  }
  if (request === undefined) return undefined
  const idle = now - Math.max(request, answered)
  return idle > idleMs
    ? `a request has waited for ${seconds(now - request)}, and the drive was asked nothing for ${seconds(idle)}`
    : undefined
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

export interface WatchdogParts {
  clock: Clock
  /** ms, WatchdogSec= of the unit. */
  limitMs: number
  waiting: () => Waiting
  /** Says that the engine is alive, within so many ms; rejects when that fails. */
  beat: (limitMs: number) => Promise<void>
  log: Log
  ended: () => boolean
}

/** Beats until `ended` says so. */
export async function keepBeating(parts: WatchdogParts): Promise<void> {
  const { clock, limitMs, waiting, beat, log, ended } = parts
  const pauseMs = limitMs / beatsPerLimit
  for (;;) {
    const due = clock.now() + pauseMs
    await clock.sleep(pauseMs)
    if (ended()) return
    const now = clock.now()
    const why = hangs(waiting(), now, now - due)
    if (why !== undefined) {
      log.error(`the engine hangs: ${why}. Unless that changes, systemd ends it and starts the next one`)
      continue
    }
    await beat(pauseMs).catch((error: Error) =>
      log.error(`systemd does not learn that the engine is alive: ${error.message.trim()}`),
    )
  }
}
