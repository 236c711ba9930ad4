// Memory for what WRITE requests bring, used again and again: left to the garbage collector, which counts its own objects more than
// the bytes behind them, tens of megabytes would wait to be collected.

/** Sizes are powers of two from here on, bytes: what is kept fits the next request of about that length. */
const smallest = 4096

export class Payloads {
  readonly #most: number
  /** Free buffers, those used last at the end. */
  readonly #free: Buffer[] = []
  #bytes = 0

  /** `most`: bytes of free buffers that are kept. */
  constructor(most: number) {
    this.#most = most
  }

  /** A buffer of `length` bytes with anything in it, to be handed back to `give` as it is. */
  take(length: number): Buffer {
    const size = sizeFor(length)
    const at = this.#free.findLastIndex((buffer) => buffer.buffer.byteLength === size)
    const [known] = at < 0 ? [] : this.#free.splice(at, 1)
    this.#bytes -= known === undefined ? 0 : size
    const whole = known?.buffer ?? new ArrayBuffer(size)
    return Buffer.from(whole, 0, length)
  }

  /** Takes back what `take` gave; nobody may look at it any more. */
  give(buffer: Buffer): void {
    this.#free.push(buffer)
    this.#bytes += buffer.buffer.byteLength
    while (this.#bytes > this.#most) this.#bytes -= this.#free.shift()?.buffer.byteLength ?? this.#bytes
  }
}

function sizeFor(length: number): number {
  let size = smallest
  while (size < length) size *= 2
  return size
}
