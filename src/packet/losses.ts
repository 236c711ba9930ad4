// Data that was acknowledged and that the disc does not have: what was lost, for the status.
import type { Loss } from './status.ts'

/** The newest losses that are remembered: enough to see where, not a list of a broken disc. */
const mostLosses = 64

export class Losses {
  readonly #list: Loss[] = []

  /** Newest last, at most 64. */
  get list(): readonly Loss[] {
    return this.#list
  }

  add(loss: Loss): void {
    this.#list.push(loss)
    if (this.#list.length > mostLosses) this.#list.shift()
  }
}
