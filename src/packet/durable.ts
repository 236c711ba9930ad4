// What is durable, and who is told when it is not: each loss to one flush, once.
import type { Durability } from '../settings/settings.ts'
import { asBlockError, type BlockError } from './error.ts'
import type { Journal } from './journal.ts'
import type { Writeback } from './writeback.ts'

export interface DurableParts {
  /** What a flush waits for; `journal` without a journal is `medium`. */
  flush: Durability
  journal: Journal | undefined
  writeback: () => Writeback
  /** The journal cannot be kept any more. */
  onJournalLost: (error: Error) => void
  onFailure: (what: string, failure: BlockError) => void
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
  }

  /** In the sense of the setting. Rejects with BlockError, with what is to be told besides. */
  async flush(): Promise<void> {
    if (!(await this.#inJournal())) await this.toMedium()
    this.tell()
  }

  /** For one request with FUA: `packets` are its own. */
  async write(packets: ReadonlySet<number>): Promise<void> {
    try {
      if (!(await this.#inJournal())) {
        await (this.#giveUpBroken() === undefined ? this.#parts.writeback().flush(packets) : this.toMedium())
      }
    } catch (error) {
      // It may have cost others their data too, and they wait for a flush.
      this.reportLater(asBlockError(error))
      throw error
    }
    // Its own may be what the medium refused meanwhile; the flush to come is told in any case.
    if (this.#unreported !== undefined) throw this.#unreported
  }

  async toMedium(): Promise<void> {
    // What this flush itself fails with is told by it, and not by the next one again.
    const before = this.#unreported
    const lost = this.#giveUpBroken()
    try {
      await this.#parts.writeback().flush()
      await lost?.discard().then(
        () => {
          this.#lostJournal = undefined
        },
        (error) => this.#parts.onFailure('removing the lost journal', asBlockError(error)),
      )
    } catch (error) {
      this.#unreported = before
      throw error
    }
  }

  /** Throws what earlier failures may have cost, once. */
  tell(): void {
    const earlier = this.#unreported
    this.#unreported = undefined
    if (earlier !== undefined) throw earlier
  }

  /** The journal that was lost, also when nobody has noticed yet. */
  #giveUpBroken(): Journal | undefined {
    if (this.#journal?.broken !== undefined) this.loseJournal(this.#journal.broken)
    return this.#lostJournal
  }

  /** Whether the journal has everything, and that is enough. */
  async #inJournal(): Promise<boolean> {
    if (this.#parts.flush !== 'journal' || this.#journal === undefined) return false
    try {
      await this.#journal.synchronize()
    } catch (error) {
      this.loseJournal(error as Error)
      return false
    }
    return true
  }
}
