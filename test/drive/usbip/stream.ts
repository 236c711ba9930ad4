// Bytes of a socket, cut to the lengths a protocol asks for, each copied once.

/**
 * Feeds chunks to a reader that always wants a buffer filled next. `onFilled` gets each full buffer and returns the one to
 * fill next; undefined ends it.
 */
export class Filler {
  #target: Buffer | undefined
  #filled = 0
  #onFilled: (full: Buffer) => Buffer | undefined

  constructor(first: Buffer, onFilled: (full: Buffer) => Buffer | undefined) {
    this.#target = first
    this.#onFilled = onFilled
  }

  /** Takes one chunk from the socket. */
  push(chunk: Buffer): void {
    let at = 0
    while (this.#target && at < chunk.length) {
      const n = Math.min(this.#target.length - this.#filled, chunk.length - at)
      chunk.copy(this.#target, this.#filled, at, at + n)
      this.#filled += n
      at += n
      while (this.#target && this.#filled === this.#target.length) {
        const full: Buffer = this.#target
        this.#filled = 0
        this.#target = this.#onFilled(full)
      }
    }
  }
}
