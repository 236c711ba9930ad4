// How many calls may wait at once: each waits for polkit, and the bus lets us wait for a hundred answers or so.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'

/** Of one user, and of all. */
const own = 16
const all = 64

export class Calls {
  readonly #byUser = new Map<number, number>()
  #count = 0

  get waiting(): number {
    return this.#count
  }

  /** Throws Stop when there are too many; gives what is to be called at its end. */
  enter(uid: number): () => void {
    const mine = this.#byUser.get(uid) ?? 0
    if (mine >= own || this.#count >= all) throw new Stop([diagnose('bus.too-many-calls', { own })])
    this.#byUser.set(uid, mine + 1)
    this.#count += 1
    return () => {
      this.#count -= 1
      const left = (this.#byUser.get(uid) ?? 1) - 1
      if (left === 0) this.#byUser.delete(uid)
      else this.#byUser.set(uid, left)
    }
  }
}
