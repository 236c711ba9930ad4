// The door to memory: writes enter in the order they came, and wait there while too much is dirty.
import { SerialQueue } from './queue.ts'

export interface AdmissionParts {
  /** Packets that are dirty now. */
  dirty: () => number
  /** Dirty packets at the most. */
  limit: number
  /** The journal is far longer than it may be: what is written again and again makes nothing more dirty, but that. */
  overlong: () => boolean
  /** Rejects when the drive does not take them. */
  relieve: (to: Relief) => Promise<void>
}

/**
 * How many packets may stay dirty, when it is those that are written as a whole, and when it is others. Who fills a packet is
 * done with it; one that was written to in part is likely to be written to again, and then it costs the disc two writes.
 */
export interface Relief {
  complete: number
  others: number
}

export class Admission {
  readonly #parts: AdmissionParts
  readonly #door = new SerialQueue()
  /** Writes that are not in memory yet. */
  readonly #waiting = new Set<{ offset: number; end: number; done: Promise<void> }>()
  #relieving: Promise<void> | undefined

  constructor(parts: AdmissionParts) {
    this.#parts = parts
  }

  /**
   * Runs `job` when all writes before it are in memory. `job` is given a function that waits for room for as many packets
   * more as it is told, each time it asks. Rejects with what `job` or the writing back failed with.
   */
  enter(
    offset: number,
    length: number,
    job: (room: (more: () => number) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const done = this.#door.run(() => job((more) => this.#room(more)))
    const entry = { offset, end: offset + length, done }
    this.#waiting.add(entry)
    const left = () => this.#waiting.delete(entry)
    done.then(left, left)
    return done
  }

  /** Waits for the writes that came before and touch the same bytes. */
  async overlapping(offset: number, length: number): Promise<void> {
    for (const { offset: from, end, done } of [...this.#waiting]) {
      if (from < offset + length && end > offset) await done.catch(() => undefined)
    }
  }

  /**
   * Begins to write back when seven eighths are dirty, or when told so, what is complete. No more than a burst: what stays
   * longer is written to again the likelier at no cost to the disc.
   */
  async relieveInTime(now: boolean): Promise<void> {
    const { dirty, limit } = this.#parts
    const high = Math.ceil((limit * 7) / 8)
    if (this.#relieving !== undefined || (!now && dirty() < high)) return
    await this.#relieve({ complete: high - this.#burst, others: limit })
  }

  /** Packets: a drive that goes to a place had better write some there. */
  get #burst(): number {
    return Math.floor(this.#parts.limit / 16)
  }

  async #room(more: () => number): Promise<void> {
    const { dirty, limit, overlong } = this.#parts
    const half = Math.floor(limit / 2)
    // Once, and not until it is short: a write has to end, and one a round lets nothing grow fast.
    if (overlong()) await this.#relieve({ complete: half, others: half })
    for (let packets = more(); dirty() > 0 && dirty() + packets > limit; packets = more()) {
      const few = Math.max(0, limit - packets - this.#burst)
      await this.#relieve({ complete: few, others: few })
    }
  }

  #relieve(to: Relief): Promise<void> {
    this.#relieving ??= this.#parts.relieve(to).finally(() => {
      this.#relieving = undefined
    })
    return this.#relieving
  }
}
