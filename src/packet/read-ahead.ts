// A reader that goes on where it stopped will go on there again: the packets that follow are fetched meanwhile.
import type { Loader } from './loader.ts'

/** Packets ahead. The kernel reads ahead too, and the drive has its own buffer: this bridges their gap. */
const ahead = 4

export class ReadAhead {
  readonly #loader: Loader
  readonly #packets: number
  /** Byte at which the last read ended. */
  #end = -1
  #running = false

  constructor(loader: Loader, packets: number) {
    this.#loader = loader
    this.#packets = packets
  }

  /** Told of every read that was answered. */
  after(offset: number, length: number, packetBytes: number): void {
    const sequential = offset === this.#end
    this.#end = offset + length
    if (!sequential || this.#running) return
    const first = Math.ceil(this.#end / packetBytes)
    const count = Math.min(ahead, this.#packets - first)
    if (count <= 0) return
    this.#running = true
    // What cannot be read is told to whoever asks for it.
    this.#loader
      .load(first, count)
      .catch(() => undefined)
      .finally(() => {
        this.#running = false
      })
  }
}
