// Data that was acknowledged and that the disc does not have: what was lost, for the status, and what of it no flush has reported yet.
import type { Loss } from './status.ts'

/** The newest losses that are remembered: enough to see where, not a list of a broken disc. */
const mostLosses = 64

export class Losses {
  #list: readonly Loss[] = []
  #untold: readonly Loss[] = []

  /** Newest last, at most 64. */
  get list(): readonly Loss[] {
    return this.#list
  }

  /** Of these, those that no flush has reported. */
  get untold(): readonly Loss[] {
    return this.#untold
  }

  /** `told`: nobody who flushes is concerned. */
  add(losses: readonly Loss[], told = false): void {
    this.#list = [...this.#list, ...losses].slice(-mostLosses)
    if (!told) this.#untold = [...this.#untold, ...losses].slice(-mostLosses)
  }

  /** A flush reports them. */
  tell(): void {
    this.#untold = []
  }
}
