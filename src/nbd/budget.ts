// What one client may have under way. Beyond it nothing is read from its socket, which holds the client up in turn.

export interface Limits {
  /** Bytes of payloads, of writes and of replies. */
  bytes: number
  requests: number
}

/** Counts requests from when they are taken up until their answer is taken. One caller waits at a time. */
export class Budget {
  readonly #most: Limits
  #bytes = 0
  #requests = 0
  #wake: () => void = () => undefined

  constructor(most: Limits) {
    this.#most = most
  }

  /** Returns when a request with this many bytes fits in. One that never would is alone then. */
  async reserve(bytes: number): Promise<void> {
    while (this.#requests > 0 && !this.#fits(bytes)) await this.#change()
    this.#requests++
    this.#bytes += bytes
  }

  /** Gives back what `reserve` was called with. */
  release(bytes: number): void {
    this.#requests--
    this.#bytes -= bytes
    this.#wake()
  }

  /** Returns when nothing is under way. */
  async empty(): Promise<void> {
    while (this.#requests > 0) await this.#change()
  }

  #fits(bytes: number): boolean {
    return this.#requests < this.#most.requests && this.#bytes + bytes <= this.#most.bytes
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
