// How many calls may wait at once: each waits for polkit, and the bus lets us wait for a hundred answers or so.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'

/** Of one user; of all but root: several have to come together to keep the others out. */
const own = 8
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
    const counted = uid === 0 ? 0 : 1
    const limit = mine >= own ? `${own} of one user` : `${all} of all users`
    if (mine >= own || this.#count + counted > all)
      throw new Stop([diagnose('bus.too-many-calls', { limit })])
    this.#byUser.set(uid, mine + 1)
    this.#count += counted
    return () => {
      this.#count -= counted
      const left = (this.#byUser.get(uid) ?? 1) - 1
      if (left === 0) this.#byUser.delete(uid)
      else this.#byUser.set(uid, left)
    }
  }
}
