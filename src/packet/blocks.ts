// Sets of blocks within one packet, as the bits of a 32-bit integer: block 0 is bit 0.

/** The most blocks that a packet can have here. */
export const mostBlocks = 32

/** `count` blocks from `first` on. */
export const blockRange = (first: number, count: number): number =>
  count >= mostBlocks ? -1 : ((1 << count) - 1) << first

/** The sets of consecutive blocks in `set`, ascending. */
export function* runsOf(set: number, packetBlocks: number): Generator<{ first: number; count: number }> {
  for (let first = 0; first < packetBlocks; first++) {
    if ((set & (1 << first)) === 0) continue
    let count = 1
    while (first + count < packetBlocks && (set & (1 << (first + count))) !== 0) count++
    yield { first, count }
    first += count
  }
}
