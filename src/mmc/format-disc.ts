// Carries out a preparation (media/preparation.ts): blanks and formats the disc, and looks whether it is ready then.
import { diagnose } from '../diagnostics/catalogue.ts'
import { type DiscDecision, decide } from '../media/decide.ts'
import { chooseOffer, type FormatOffer, type Preparation } from '../media/preparation.ts'
import { decodeFormatCapacities, readFormatCapacities } from './capacity.ts'
import type { Clock } from './clock.ts'
import { decodeDiscInformation, readDiscInformation } from './disc-information.ts'
import { DriveError, type Policy, run } from './drive-command.ts'
import { decodeMediaEvent, getMediaEvent } from './events.ts'
import { examine } from './examine.ts'
import { blank, closeTrackSession, formatAsOffered, formatCdRwOld, formatDvdPlusRw } from './format.ts'
import { type DiscNow, FormatFailure, operationLimitMs } from './format-failure.ts'
import { progressOf, waitForEnd } from './long-operation.ts'
import { readBlocksCommand } from './read-write.ts'
import { type Command, type Transport, TransportError } from './transport.ts'
import { testUnitReady } from './unit-control.ts'

export interface FormatProgress {
  phase: 'blanking' | 'formatting' | 'background'
  disc: DiscNow
  /** 0..1; a hint. */
  progress?: number | undefined
  /** Blocks that it will have. */
  blocks?: number | undefined
}

export interface FormatOptions {
  drive: string
  /** What the medium is before the first step; `unchanged` unless told. */
  disc?: DiscNow
  clock: Clock
  signal?: AbortSignal | undefined
  /** Undefined while it is the disc that was to be prepared, otherwise why not. */
  lost(): string | undefined
  tell(progress: FormatProgress): void | Promise<void>
}

/** ms for a drive that goes quiet after a format (Pioneer DVR-x06: two minutes). */
const quietMs = 150_000
/** Events that a drive may have kept. */
const mostEvents = 4
/** ms between two looks at a DVD+RW that is being formatted in the background. */
const backgroundPauseMs = 5_000

/** The formattable capacities. None when the drive refuses. @throws TransportError. */
export async function formatOffers(transport: Transport, policy: Policy = {}): Promise<FormatOffer[]> {
  try {
    // First as much as any drive sends for one descriptor, then all: some bridges fail when more is asked for than there is.
    const head = await run(transport, readFormatCapacities(12), policy)
    const list = await run(transport, readFormatCapacities(4 + (head[3] ?? 8)), policy)
    return decodeFormatCapacities(list)?.formattable ?? []
  } catch (error) {
    if (error instanceof DriveError) return []
    throw error
  }
}

/** Where file systems begin: the first 64 KiB, and UDF's anchor (ECMA-167 3/8.4.2.1). Blocks. */
const beginnings = [0, 16, 256]

/** Nothing is there to be read, or zeros. @throws TransportError. */
async function isUnwritten(transport: Transport, policy: Policy): Promise<boolean> {
  for (const lba of beginnings)
    try {
      if ((await run(transport, readBlocksCommand(lba, 16), policy)).some((byte) => byte !== 0)) return false
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
    }
  return true
}

class Formatter {
  readonly #transport: Transport
  readonly #options: FormatOptions
  readonly #plan: Preparation
  readonly #why: FormatFailure
  #disc: DiscNow
  #mediumChange = false

  constructor(transport: Transport, plan: Preparation, options: FormatOptions) {
    this.#transport = transport
    this.#plan = plan
    this.#options = options
    this.#why = new FormatFailure(options.drive)
    this.#disc = options.disc ?? 'unchanged'
  }

  #policy(patienceMs: number): Policy {
    return { clock: this.#options.clock, patienceMs, mediumChange: 'fail' }
  }

  #checkDisc(): void {
    const why = this.#options.lost()
    if (why !== undefined) throw this.#why.stop('prepare.disc-changed', { why })
  }

  /**
   * Sends what changes the medium. An answer that was lost says nothing of whether it was carried out: a drive that is at work then was told,
   * one that is not is told once more.
   */
  async #send(command: Command): Promise<void> {
    const lostAnswer = (error: unknown): boolean =>
      error instanceof DriveError
        ? error.sense?.key === 0x0b
        : error instanceof TransportError && error.reason !== 'gone' && error.reason !== 'refused'
    try {
      await run(this.#transport, command, this.#policy(30_000))
    } catch (error) {
      if (!lostAnswer(error)) throw error
      const { status, sense } = await this.#transport.execute({ ...testUnitReady(), timeoutMs: 70_000 })
      if (status !== 0 && sense?.asc === 0x04) return
      await run(this.#transport, command, { ...this.#policy(30_000), mediumChange: 'retry' })
    }
  }

  /** Sends one of the commands, the next one if the drive does not know the one before, and waits for the end. */
  async #work(phase: FormatProgress['phase'], commands: readonly Command[], blocks?: number): Promise<void> {
    if (this.#options.signal?.aborted) throw this.#why.cancelled(this.#disc)
    const tell = (progress?: number) => this.#options.tell({ phase, disc: this.#disc, progress, blocks })
    await tell()
    this.#checkDisc()
    const before = this.#disc
    this.#disc = 'in-work'
    // Told before it is true: whoever is killed in between has said too much rather than too little.
    await tell()
    try {
      for (const [i, command] of commands.entries()) {
        try {
          await this.#send(command)
          break
        } catch (error) {
          const refused = error instanceof DriveError && error.sense?.key === 0x05
          if (!refused) throw error
          if (i < commands.length - 1) continue
          this.#disc = before
          await tell()
          throw error
        }
      }
    } catch (error) {
      if (error instanceof DriveError) throw this.#why.failed(error.message, error.sense)
      if (error instanceof TransportError) throw this.#why.fromTransport(error)
      throw error
    }
    const end = await waitForEnd(this.#transport, { ...this.#options, limitMs: operationLimitMs, tell })
    if (end.how !== 'done') throw this.#why.ended(end, this.#disc)
    this.#mediumChange ||= end.mediumChange
    // Some say that they are ready and are not.
    await run(this.#transport, testUnitReady(), { ...this.#policy(quietMs), mediumChange: 'retry' })
    this.#disc = phase === 'blanking' ? 'erased' : 'formatted'
    await tell(1)
  }

  /**
   * Drives say "may have changed" after a format of their own, and some that a new disc is in. Was the tray open? Then it is another
   * disc, or may be: what is done to it next must not cost anything.
   */
  async #sameAfterChange(): Promise<void> {
    if (!this.#mediumChange) return
    const events = await this.#hearEvents()
    const another = events.includes('new-media') || events.includes('changed')
    if (events.includes('removal') || (another && !(await this.#holdsNothing())))
      throw this.#why.stop('prepare.disc-changed', { why: 'the drive was opened meanwhile' })
    this.#mediumChange = false
  }

  /** The disc that is in now is as ours has to be, and nobody has anything on it. */
  async #holdsNothing(): Promise<boolean> {
    const { clock } = this.#options
    const facts = await examine(this.#transport, { deadlineMs: quietMs, clock })
    const { medium, state } = decide(facts)
    if (medium !== this.#plan.medium) return false
    if (this.#disc === 'erased') return facts.disc?.status === 'empty'
    return state === 'ready' && (await isUnwritten(this.#transport, this.#policy(quietMs)))
  }

  async #mediaEvent(): Promise<string | undefined> {
    try {
      return decodeMediaEvent(await run(this.#transport, getMediaEvent(), this.#policy(30_000)))?.event
    } catch (error) {
      if (!(error instanceof DriveError)) throw error
      return undefined
    }
  }

  /** All that it has to tell of the time before: nobody need have asked since the disc was put in. */
  async #hearEvents(): Promise<string[]> {
    const heard: string[] = []
    while (heard.length < mostEvents) {
      const event = await this.#mediaEvent()
      if (event === undefined || event === 'none') break
      heard.push(event)
    }
    return heard
  }

  async #format(): Promise<void> {
    const { medium } = this.#plan
    const offers = await formatOffers(this.#transport, {
      ...this.#policy(quietMs),
      mediumChange: 'retry',
      onMediumChange: () => {
        this.#mediumChange = true
      },
    })
    await this.#sameAfterChange()
    const offer = chooseOffer(medium, offers)
    if (offer === undefined) throw this.#why.stop('prepare.no-format')
    // Sizes are in whole packets (MMC-6 §6.5.4.2); a drive that told another one may take no other.
    const sizes = [...new Set([offer.blocks, offer.offered])]
    const commands =
      medium === 'dvd+rw'
        ? [formatDvdPlusRw(false)]
        : sizes.map((blocks) => formatAsOffered({ ...offer, blocks }))
    if (medium === 'cd-rw') commands.push(formatCdRwOld(offer.blocks))
    await this.#work('formatting', commands, offer.blocks)
  }

  /** The rest of a DVD+RW. It can be used meanwhile, so other commands may be sent. */
  async #background(): Promise<void> {
    const { clock, signal, tell } = this.#options
    const end = clock.now() + operationLimitMs
    for (;;) {
      const reply = await run(this.#transport, readDiscInformation(), this.#policy(quietMs))
      const state = decodeDiscInformation(reply)?.backgroundFormat
      // One that the drive gave up goes on when the disc is written.
      if (state !== 'running') return
      if (clock.now() >= end)
        throw this.#why.stop('prepare.too-long', { hours: operationLimitMs / 3_600_000 })
      if (signal?.aborted) {
        await run(
          this.#transport,
          closeTrackSession('stop-background-format', 0, true),
          this.#policy(quietMs),
        )
        throw this.#why.cancelled(this.#disc)
      }
      const progress = await progressOf(this.#transport)
      await tell({ phase: 'background', disc: this.#disc, progress, blocks: this.#plan.blocks })
      await clock.sleep(backgroundPauseMs)
    }
  }

  async #steps(): Promise<void> {
    if (this.#plan.steps.length > 0) await this.#hearEvents()
    for (const step of this.#plan.steps) {
      if (step.do === 'blank') await this.#work('blanking', [blank(step.full)])
      else if (step.do === 'format') await this.#format()
      else await this.#background()
      await this.#sameAfterChange()
    }
  }

  /** All of it. Gives the disc as it is then. */
  async run(): Promise<DiscDecision> {
    const { clock, drive } = this.#options
    try {
      await this.#steps()
      const decision = decide(await examine(this.#transport, { deadlineMs: quietMs, clock }))
      if (this.#options.signal?.aborted) throw this.#why.cancelled(this.#disc)
      if (decision.state === 'ready' && decision.medium === this.#plan.medium) return decision
      throw this.#why.stop('prepare.still-not-ready', {
        why: diagnose(decision.reason, { device: drive }).message,
      })
    } catch (error) {
      if (error instanceof DriveError) throw this.#why.failed(error.message, error.sense)
      if (error instanceof TransportError) throw this.#why.fromTransport(error)
      throw error
    }
  }
}

/**
 * Carries out the steps of the plan and gives what the disc is then: ready. With a plan without steps it only looks.
 * @throws PreparationFailed, whose diagnostic says what the next step is.
 */
export const formatDisc = (
  transport: Transport,
  plan: Preparation,
  options: FormatOptions,
): Promise<DiscDecision> => new Formatter(transport, plan, options).run()
