// Packets that were handed to the drive, and that it may have lost with its cache: they are written once more, as the journal
// has them, or memory.
import { blockRange } from './blocks.ts'
import type { CachedPacket, PacketCache } from './cache.ts'
import { blockBytes } from './drive.ts'
import type { Journal } from './journal.ts'
import { older } from './outgoing.ts'

export interface SuspectsParts {
  packetBlocks: number
  cache: PacketCache
  /** Undefined: none, or none any more. */
  journal: () => Journal | undefined
}

export class Suspects {
  readonly #parts: SuspectsParts
  readonly #all: number
  /** Packet → the oldest journal file with it. */
  readonly #packets = new Map<number, number | undefined>()

  constructor(parts: SuspectsParts) {
    this.#parts = parts
    this.#all = blockRange(0, parts.packetBlocks)
  }

  get size(): number {
    return this.#packets.size
  }

  /** The oldest journal files that are needed for them. */
  segments(): Iterable<number | undefined> {
    return this.#packets.values()
  }

  /** Takes over what was written and not synchronised. */
  take(unsynchronized: Map<number, number | undefined>): void {
    for (const [packet, segment] of unsynchronized)
      this.#packets.set(packet, older(segment, this.#packets.get(packet)))
    unsynchronized.clear()
  }

  /** Makes up to `most` of them dirty again. Gives them, and how many neither journal nor memory have. Rejects with none. */
  async recall(most: number): Promise<{ entries: CachedPacket[]; lost: number }> {
    const { packetBlocks } = this.#parts
    const chosen = [...this.#packets].sort(([a], [b]) => a - b).slice(0, most)
    const packets = new Set(chosen.map(([packet]) => packet))
    const from = chosen.reduce<number | undefined>((oldest, [, segment]) => older(oldest, segment), undefined)
    const kept =
      from === undefined
        ? undefined
        : await this.#parts
            .journal()
            ?.recall(from, (lba) => packets.has(Math.floor(lba / packetBlocks)))
            .catch(() => undefined)
    const entries: CachedPacket[] = []
    for (const [packet, segment] of chosen) {
      this.#packets.delete(packet)
      const entry = this.#restored(packet, segment, kept)
      if (entry !== undefined) entries.push(entry)
    }
    return { entries, lost: chosen.length - entries.length }
  }

  /**
   * The journal's version goes over what is clean in memory: that may have been read from the medium since, which has not got
   * what was lost. What is dirty is newer than both.
   */
  #restored(
    packet: number,
    segment: number | undefined,
    kept: ReadonlyMap<number, Buffer> | undefined,
  ): CachedPacket | undefined {
    const { packetBlocks, cache } = this.#parts
    const first = packet * packetBlocks
    const blocks = Array.from({ length: packetBlocks }, (_, i) => kept?.get(first + i))
    const whole = blocks.every((block) => block !== undefined)
    if (!whole && cache.get(packet)?.have !== this.#all) return undefined
    const entry = cache.take(packet)
    if (whole) {
      for (const [i, block] of blocks.entries())
        if ((entry.dirty & (1 << i)) === 0) block?.copy(entry.data, i * blockBytes)
    }
    entry.have = this.#all
    entry.dirty = this.#all
    entry.segment = older(segment, entry.segment)
    cache.sort(entry)
    return entry
  }
}
