// The door to memory: writes enter in the order they came, and wait there while too much is dirty.
import { SerialQueue } from './queue.ts'

export interface AdmissionParts {
  /** Packets that are dirty now. */
  dirty: () => number
  /** Dirty packets at the most. */
  limit: number
  /** The journal is far longer than it may be: what is written again and again makes nothing more dirty, but that. */
  overlong: () => boolean
  /** Writes until so many are dirty at the most; rejects when the drive does not take them. */
  relieve: (packets: number) => Promise<void>
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
   * Runs `job` when all writes before it are in memory. `job` is given a function that waits for room for so many
   * packets more. Rejects with what `job` or the writing back failed with.
   */
  enter(
    offset: number,
    length: number,
    job: (room: (packets: number) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const done = this.#door.run(() => job((packets) => this.#room(packets)))
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

  /** Begins to write back when three quarters are dirty, or when told so; goes down to a half. */
  async relieveInTime(now: boolean): Promise<void> {
    const { dirty, limit } = this.#parts
    if (this.#relieving !== undefined || (!now && dirty() < limit * 0.75)) return
    await this.#relieve()
  }

  async #room(packets: number): Promise<void> {
    const { dirty, limit, overlong } = this.#parts
    // Once, and not until it is short: a write has to end, and one a round lets nothing grow fast.
    if (overlong()) await this.#relieve(packets)
    while (dirty() > 0 && dirty() + packets > limit) await this.#relieve(packets)
  }

  #relieve(packets = 0): Promise<void> {
    const { limit, relieve } = this.#parts
    const target = Math.max(0, Math.min(Math.floor(limit / 2), limit - packets))
    this.#relieving ??= relieve(target).finally(() => {
      this.#relieving = undefined
    })
    return this.#relieving
  }
}
