// What is durable, and who is told when it is not: each loss to one flush, once.
import type { Durability } from '../settings/settings.ts'
import { asBlockError, BlockError, errno } from './error.ts'
import type { Journal } from './journal.ts'
import type { Writeback } from './writeback.ts'

export interface DurableParts {
  /** What a flush waits for; `journal` without a journal is `medium`. */
  flush: Durability
  journal: Journal | undefined
  /** False while nobody could tell, after a power cut, which disc the journal is for: a flush waits for the medium then. */
  journalFindsDisc: () => boolean
  writeback: () => Writeback
  /** The journal cannot be kept any more. */
  onJournalLost: (error: Error) => void
  /** Before its files are removed: puts elsewhere what its state alone knows. Rejects with BlockError; they stay then. */
  onJournalDiscard: (writeBack: () => Promise<void>) => Promise<void>
  onFailure: (what: string, failure: BlockError) => void
  /** A flush reports now what it was to report. */
  onTold: () => Promise<void>
}

export class Durable {
  readonly #parts: DurableParts
  #journal: Journal | undefined
  /** One that cannot be kept any more, until its files are removed: they get older with every write. */
  #lostJournal: Journal | undefined
  /** Told to the next flush, once: earlier acknowledged data may be lost. */
  #unreported: BlockError | undefined

  constructor(parts: DurableParts) {
    this.#parts = parts
    this.#journal = parts.journal
  }

  /** Undefined: none, or none any more. */
  get journal(): Journal | undefined {
    return this.#journal
  }

  /** The next flush is to be told this. */
  report(failure: BlockError): void {
    this.#unreported = failure
  }

  /** The same, when it has nothing else to tell. */
  reportLater(failure: BlockError): void {
    this.#unreported ??= failure
  }

  loseJournal(error: Error): void {
    if (this.#journal === undefined) return
    this.#lostJournal = this.#journal
    this.#journal = undefined
    this.#parts.onJournalLost(error)
    // What it has gets older with every write, so it goes as soon as the medium has everything.
    void this.toMedium().catch((failure) =>
      this.#parts.onFailure('bringing everything to the disc, without a journal,', asBlockError(failure)),
    )
  }

  /** In the sense of the setting. Rejects with BlockError, with what is to be told besides. */
  async flush(): Promise<void> {
    if (!(await this.#inJournal())) await this.toMedium()
    await this.tell()
  }

  /** For one request with FUA: `packets` are its own. */
  async write(packets: ReadonlySet<number>): Promise<void> {
    try {
      if (!(await this.#inJournal())) {
        if (this.#giveUpBroken() === undefined) await this.#parts.writeback().flush(packets)
        if (this.#giveUpBroken() !== undefined) await this.toMedium()
      }
    } catch (error) {
      // It may have cost others their data too, and they wait for a flush.
      this.reportLater(asBlockError(error))
      throw error
    }
    // Its own may be what the medium refused meanwhile; the flush to come is told in any case.
    if (this.#unreported !== undefined) throw this.#unreported
  }

  /**
   * Rejects with BlockError when something is not on the medium and is kept, and while a journal that was lost can still come back:
   * whoever finds it would put older data over newer. What was given up is for `tell`.
   */
  async toMedium(): Promise<void> {
    this.#giveUpBroken()
    await this.#parts.writeback().flush()
    // It may have been lost only now.
    await this.#discard(this.#giveUpBroken())
  }

  async #discard(lost: Journal | undefined): Promise<void> {
    if (lost !== undefined) await this.#parts.onJournalDiscard(() => this.#parts.writeback().flush())
    await lost?.discard().catch((error: Error) => {
      throw new BlockError(
        errno.EIO,
        `everything is on the disc, but the journal that was lost cannot be removed (${error.message}), ` +
          'and what is in it is older',
      )
    })
    if (this.#lostJournal === lost) this.#lostJournal = undefined
  }

  /** Rejects with what was given up or lost meanwhile or before, once. */
  async tell(): Promise<void> {
    const earlier = this.#unreported
    if (earlier === undefined) return
    this.#unreported = undefined
    await this.#parts.onTold()
    throw earlier
  }

  /** The journal that was lost, also when nobody has noticed yet. */
  #giveUpBroken(): Journal | undefined {
    if (this.#journal?.broken !== undefined) this.loseJournal(this.#journal.broken)
    return this.#lostJournal
  }

  /** Whether the journal has everything, and that is enough. */
  async #inJournal(): Promise<boolean> {
    if (this.#parts.flush !== 'journal' || this.#journal === undefined) return false
    if (!this.#parts.journalFindsDisc()) return false
    try {
      await this.#journal.synchronize()
    } catch (error) {
      this.loseJournal(error as Error)
      return false
    }
    return true
  }
}
