// Packets that were handed to the drive, and that it may have lost with its cache: they are written once more, as memory has
// them, or the journal.
import { blockRange } from './blocks.ts'
import type { CachedPacket, PacketCache } from './cache.ts'
import { blockBytes } from './drive.ts'
import type { Journal } from './journal.ts'
import { type Handed, laterOf, older } from './outgoing.ts'

export interface SuspectsParts {
  packetBlocks: number
  cache: PacketCache
  /** Undefined: none, or none any more. */
  journal: () => Journal | undefined
}

/** Blocks by address, as the journal has them. */
type Kept = ReadonlyMap<number, Buffer>

export class Suspects {
  readonly #parts: SuspectsParts
  readonly #all: number
  readonly #packets = new Map<number, Handed>()

  constructor(parts: SuspectsParts) {
    this.#parts = parts
    this.#all = blockRange(0, parts.packetBlocks)
  }

  get size(): number {
    return this.#packets.size
  }

  has(packet: number): boolean {
    return this.#packets.has(packet)
  }

  /** What is known of one that is suspect. */
  of(packet: number): Handed | undefined {
    return this.#packets.get(packet)
  }

  /** It was given up. */
  forget(packet: number): void {
    this.#packets.delete(packet)
  }

  /** Their numbers, ascending. */
  numbers(): number[] {
    return [...this.#packets.keys()].sort((a, b) => a - b)
  }

  /** The oldest journal files that are needed for them. */
  *segments(): Iterable<number | undefined> {
    for (const { segment } of this.#packets.values()) yield segment
  }

  /** Takes over what was written and not synchronised. */
  take(unsynchronized: Map<number, Handed>): void {
    for (const [packet, handed] of unsynchronized)
      this.#packets.set(packet, laterOf(this.#packets.get(packet), handed))
    unsynchronized.clear()
  }

  /** Of these packets those that are suspect are dirty again, and suspect no more. `lost`: neither memory nor the journal has them. */
  async recall(packets: readonly number[]): Promise<{ entries: CachedPacket[]; lost: number[] }> {
    const entries: CachedPacket[] = []
    const take = (packet: number, kept?: Kept) => {
      const handed = this.#packets.get(packet)
      if (handed === undefined) return true
      const entry = this.#restored(packet, handed, kept)
      if (entry === undefined) return false
      this.#packets.delete(packet)
      entries.push(entry)
      return true
    }
    // While the journal is read, memory may have to let go of what it has.
    const missing = packets.filter((packet) => !take(packet))
    const kept = missing.length === 0 ? undefined : await this.#fromJournal(missing)
    const lost = missing.filter((packet) => !take(packet, kept))
    for (const packet of lost) this.#lose(packet)
    return { entries: entries.sort((a, b) => a.packet - b.packet), lost }
  }

  async #fromJournal(packets: readonly number[]): Promise<Kept | undefined> {
    const { packetBlocks, journal } = this.#parts
    const wanted = new Set(packets)
    let from: number | undefined
    for (const packet of packets) from = older(from, this.#packets.get(packet)?.segment)
    if (from === undefined) return undefined
    return journal()
      ?.recall(from, (lba) => wanted.has(Math.floor(lba / packetBlocks)))
      .catch(() => undefined)
  }

  /** What the drive was handed, with what was written since; undefined when nobody has all of it. */
  #restored(packet: number, handed: Handed, kept: Kept | undefined): CachedPacket | undefined {
    const { packetBlocks, cache, journal } = this.#parts
    const known = cache.get(packet)
    if (known?.have !== this.#all || known.borrowed !== 0) {
      const first = packet * packetBlocks
      const blocks = Array.from({ length: packetBlocks }, (_, i) => kept?.get(first + i))
      if (!blocks.every((block) => block !== undefined)) return undefined
      const { data, dirty } = cache.take(packet)
      // What is dirty is newer than both; what is clean may have been read from the medium, which has not got what was lost.
      for (const [i, block] of blocks.entries())
        if ((dirty & (1 << i)) === 0) block?.copy(data, i * blockBytes)
    }
    const entry = cache.take(packet)
    // What was handed to the drive was in the journal before, and what was written since is, too.
    if (journal() !== undefined && handed.segment !== undefined) entry.logged |= this.#all & ~entry.dirty
    entry.have = this.#all
    entry.borrowed = 0
    entry.dirty = this.#all
    entry.segment = older(handed.segment, entry.segment)
    cache.sort(entry)
    return entry
  }

  #lose(packet: number): void {
    this.#packets.delete(packet)
    const entry = this.#parts.cache.get(packet)
    if (entry !== undefined) this.#parts.cache.keepDirty(entry)
  }
}
