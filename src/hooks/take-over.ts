// Before anything is unmounted: an engine that answers. One that hangs would keep the unmount waiting for ever, and what only the page
// cache has can reach the disc by way of an engine alone.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import type { Clock } from '../mmc/clock.ts'
import type { Answer } from './control.ts'
import { isOver, type UnitState } from './unit.ts'

/** ms for what costs an engine nothing. */
export const answerMs = 10_000
/** ms for the next engine to be up: it examines the disc, which a drive that is just coming back lets wait. */
const takeOverMs = 3 * 60_000
const pauseMs = 500

/** The engine of pktw@.service, and the unit that starts the next one. */
export interface EngineAccess {
  /** Asks for its status, `answerMs` at the most. */
  ask(): Promise<Answer>
  /** Ends it with SIGKILL, which a process that is stopped cannot put off. */
  kill(): Promise<void>
  unit(): Promise<UnitState>
  warn(text: string): void
  clock: Clock
}

/**
 * Returns when the engine answers: at once, or after an engine that does not was ended and systemd has started the next one. One that is
 * being started is waited for. Returns as well when the unit ended by itself, hence has no engine. Throws Stop when none answers in the
 * end.
 */
export async function untilAnswered(drive: string, engine: EngineAccess): Promise<void> {
  const { clock } = engine
  const first = await engine.ask()
  if (first.ok) return
  const hung = first.silent === true
  if (hung) {
    engine.warn(`the engine of ${drive} hangs (${first.error}): it is ended, and the next one takes over`)
    await engine.kill()
  }
  const end = clock.now() + takeOverMs
  while (clock.now() < end) {
    if (isOver(await engine.unit())) {
      if (!hung) return
      break
    }
    await clock.sleep(pauseMs)
    if ((await engine.ask()).ok) return
  }
  throw new Stop([diagnose('eject.no-engine', { drive })])
}

/**
 * Answers in a row, asked for every ten seconds, that have to be missing until an engine counts as hung while the disc is let go of. As long
 * as systemd's watchdog waits: there is no other engine to take over by then.
 */
const mostSilent = 6

/** Counts answers that did not come. True from the moment on that the engine counts as hung. */
export class Silence {
  #inARow = 0

  hear({ silent }: Answer): boolean {
    this.#inARow = silent === true ? this.#inARow + 1 : 0
    return this.#inARow >= mostSilent
  }
}
