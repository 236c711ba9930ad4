// How often each packet was written, and which one most often.

/** Packets looked at in one call of a built-in, which is quick where V8 compiles nothing (--jitless). */
const atOnce = 8192

/**
 * Counts that are kept as packets are written, so that asking costs nothing: a 100 GB disc has 1.5 million packets, and a program without
 * V8's compilers looks at them for a fifth of a second.
 */
export class WriteCounts {
  /** One number a packet. */
  readonly counts: Uint32Array
  #total: number
  #hottest = -1

  /** Goes on from `counts`, which add up to `total`. */
  constructor(counts: Uint32Array, total = 0) {
    this.counts = counts
    this.#total = total
    if (total > 0) this.#hottest = highest(counts)
  }

  /** Writes of all packets. */
  get total(): number {
    return this.#total
  }

  /** The packet written most often, and how often; undefined when none was written. */
  get hottest(): { packet: number; writes: number } | undefined {
    if (this.#hottest < 0) return undefined
    return { packet: this.#hottest, writes: this.counts[this.#hottest] ?? 0 }
  }

  written(packet: number): void {
    this.#total++
    const writes = (this.counts[packet] ?? 0) + 1
    this.counts[packet] = writes
    if (this.#hottest < 0 || writes > (this.counts[this.#hottest] ?? 0)) this.#hottest = packet
  }
}

/** Index of the highest number, the first of several; -1 when all are 0. */
function highest(counts: Uint32Array): number {
  let most = 0
  let index = -1
  for (let at = 0; at < counts.length; at += atOnce) {
    const part = counts.subarray(at, at + atOnce)
    const max: number = Reflect.apply(Math.max, undefined, part)
    if (max <= most) continue
    most = max
    index = at + part.indexOf(max)
  }
  return index
}
