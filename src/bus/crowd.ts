// How many calls may be in hand at once, counted before anything is waited for: each costs memory until it is answered.
/** Of one connection, as many as the bus lets it wait for (max_replies_per_connection); of all. */
const own = 128
const all = 1024

export class Crowd {
  readonly #bySender = new Map<string, number>()
  #count = 0

  /** What is to be called when the call is over; undefined when there are too many. */
  enter(sender: string): (() => void) | undefined {
    const mine = this.#bySender.get(sender) ?? 0
    if (mine >= own || this.#count >= all) return undefined
    this.#bySender.set(sender, mine + 1)
    this.#count += 1
    return () => {
      this.#count -= 1
      const left = (this.#bySender.get(sender) ?? 1) - 1
      if (left === 0) this.#bySender.delete(sender)
      else this.#bySender.set(sender, left)
    }
  }
}
