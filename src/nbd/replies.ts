// Replies on their way to one client: whole, one after the other, in the order in which they became ready.
import type { Wire } from './wire.ts'

/** Bytes from which on replies are not put together into one write; each write has the whole time limit to itself. */
const batchBytes = 256 * 1024

interface Reply {
  /** As the export gave them, the header in front. */
  pieces: readonly Buffer[]
  /** Called when the system has taken them for the client, or when there is no client any more. */
  taken: () => void
}

export class Replies {
  readonly #wire: Wire
  readonly #limitMs: number
  #waiting: Reply[] = []
  #sending = false
  #broken = false

  /** `limitMs`: time for the client to take one write's worth. */
  constructor(wire: Wire, limitMs: number) {
    this.#wire = wire
    this.#limitMs = limitMs
  }

  /** A client that does not take its replies in time is hung up on; this and all that follow are dropped then. */
  send(reply: Reply): void {
    this.#waiting.push(reply)
    if (!this.#sending) void this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    this.#sending = true
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch()
      if (!this.#broken) {
        try {
          await this.#wire.write(
            batch.flatMap((reply) => reply.pieces),
            this.#limitMs,
          )
        } catch {
          this.#broken = true
          this.#wire.close()
        }
      }
      for (const reply of batch) reply.taken()
    }
    this.#sending = false
  }

  #nextBatch(): Reply[] {
    let bytes = 0
    let count = 0
    for (const { pieces } of this.#waiting) {
      if (bytes >= batchBytes) break
      for (const piece of pieces) bytes += piece.length
      count++
    }
    return this.#waiting.splice(0, count)
  }
}
