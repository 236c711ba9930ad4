// The state of a preparation as it is told: /run/pktw/prepare/sr0.json, replaced as a whole, at most once a second.

import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { FormatProgress } from '../mmc/format-disc.ts'
import { type DiscNow, discNowText } from '../mmc/format-failure.ts'
import { isOver, type PreparePhase, type PrepareState, preparationPaths } from '../system/preparation.ts'
import { writeState } from './state.ts'

const minimumMs = 1000

/** Of the state what is only known, or only true, in some phases. */
export type Facts = Partial<
  Pick<PrepareState, 'disc' | 'medium' | 'blocks' | 'device' | 'mountedAt' | 'error'>
>

/** What the drive told of its progress, as rate and end: a straight line from the beginning of the phase. Empty below 1 per cent. */
export function estimate(
  progress: number,
  blocks: number | undefined,
  startedAt: number,
  now: number,
): Pick<PrepareState, 'perMille' | 'rate' | 'endsAt'> {
  const perMille = Math.min(1000, Math.max(0, Math.round(progress * 1000)))
  const elapsed = now - startedAt
  if (perMille < 10 || elapsed <= 0) return { perMille }
  const endsAt = Math.round(startedAt + (elapsed * 1000) / perMille)
  const bytes = blocks === undefined ? undefined : (blocks * 2048 * perMille) / 1000
  return { perMille, endsAt, ...(bytes === undefined ? {} : { rate: Math.round((bytes * 1000) / elapsed) }) }
}

export class PrepareReport {
  #state: PrepareState
  #writtenAt = 0
  readonly #write: (state: PrepareState) => Promise<void>
  readonly #now: () => number

  constructor(
    drive: string,
    diskseq: string,
    write: (state: PrepareState) => Promise<void> = (state) =>
      writeState(preparationPaths.state(drive), `${JSON.stringify(state)}\n`),
    now: () => number = Date.now,
    disc: DiscNow = 'unchanged',
  ) {
    this.#write = write
    this.#now = now
    const at = now()
    const times = { startedAt: at, updatedAt: at, phaseStartedAt: at }
    this.#state = { version: 1, drive, diskseq, phase: 'starting', disc, ...times }
  }

  get state(): PrepareState {
    return this.#state
  }

  async #put(state: PrepareState): Promise<void> {
    this.#state = { ...state, updatedAt: this.#now() }
    this.#writtenAt = this.#now()
    await this.#write(this.#state)
  }

  /** A phase begins; what the drive told of the one before no longer holds. */
  async phase(phase: PreparePhase, facts: Facts = {}): Promise<void> {
    const { perMille: _, rate: __, endsAt: ___, ...kept } = this.#state
    await this.#put({ ...kept, ...facts, phase, phaseStartedAt: this.#now() })
  }

  /** A look at a drive that works. */
  async progress({ phase, disc, progress, blocks }: FormatProgress): Promise<void> {
    if (phase !== this.#state.phase || disc !== this.#state.disc)
      return this.phase(phase, { disc, ...(blocks === undefined ? {} : { blocks }) })
    const now = this.#now()
    if (progress === undefined || now - this.#writtenAt < minimumMs) return
    const told = estimate(progress, this.#state.blocks, this.#state.phaseStartedAt, now)
    // Some tell 1 per cent again after 99.
    if ((told.perMille ?? 0) < (this.#state.perMille ?? 0)) return
    await this.#put({ ...this.#state, ...told })
  }

  /** The end, unless it was told already. */
  async failed({ code, message, remedy }: Diagnostic, sense?: string): Promise<void> {
    if (isOver(this.#state)) return
    const error = {
      code,
      message,
      ...(remedy === undefined ? {} : { remedy }),
      ...(sense === undefined ? {} : { sense }),
    }
    await this.phase(code === 'prepare.cancelled' ? 'cancelled' : 'failed', { error })
  }
}

/** A preparation that was cancelled when the disc was so. */
export const cancelled = ({ drive, disc }: Pick<PrepareState, 'drive' | 'disc'>): Diagnostic =>
  diagnose('prepare.cancelled', { drive, now: discNowText[disc] })
