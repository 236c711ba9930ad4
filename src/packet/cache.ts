// Packets in memory: what was read and may be asked for again, and what is waiting to be written.

/** One packet, or as much of it as is known. Sets of blocks are those of blocks.ts. */
export interface CachedPacket {
  readonly packet: number
  /** The whole packet's bytes; only those of blocks in `have` mean anything. */
  data: Buffer
  have: number
  /** Newer than the disc's. */
  dirty: number
  /**
   * As the drive gave them while it was not known to have written the packet: no copy of what was acknowledged, in case that it
   * turns out to be lost.
   */
  borrowed: number
  /** Checksums of the blocks that the medium has in its place, when that was read since and the journal does not know it yet. */
  base: readonly number[] | undefined
  /** In the journal since the packet was last handed to the drive. */
  logged: number
  /** Not written to since the journal was last made durable with it. */
  settled: boolean
  /** The oldest journal file with a part of it that the medium is not known to have. */
  segment: number | undefined
  /** The buffer that the drive is being handed at this moment; it is not changed until then. */
  writing: Buffer | undefined
  /** ms of the clock: when it became dirty, when it was last written to. */
  since: number
  touched: number
}

/** Bytes that are asked of the system at a time. */
const pieceBytes = 1024 * 1024

export class PacketCache {
  readonly #packetBytes: number
  readonly #cleanLimit: number
  readonly #packets = new Map<number, CachedPacket>()
  /** Clean ones, least recently used first. */
  readonly #clean = new Map<number, CachedPacket>()
  readonly #dirty = new Map<number, CachedPacket>()
  /** Buffers that were used before: memory that the collector need not find first. As many as were ever in use at a time. */
  readonly #spare: Buffer[] = []

  /** `cleanBytes`: how much may be kept of what is on the disc anyway. */
  constructor(packetBytes: number, cleanBytes: number) {
    this.#packetBytes = packetBytes
    this.#cleanLimit = Math.max(1, Math.floor(cleanBytes / packetBytes))
  }

  get dirtyCount(): number {
    return this.#dirty.size
  }

  /** Packets from `first` up to `end` that a write to all of them would make dirty. */
  cleanAmong(first: number, end: number): number {
    let count = 0
    for (let packet = first; packet < end; packet++) if (!this.#packets.get(packet)?.dirty) count++
    return count
  }

  /** Dirty packets, in no order. */
  dirty(): Iterable<CachedPacket> {
    return this.#dirty.values()
  }

  get(packet: number): CachedPacket | undefined {
    return this.#packets.get(packet)
  }

  /** The packet, with no block known when it is new. */
  take(packet: number): CachedPacket {
    const known = this.#packets.get(packet)
    if (known !== undefined) {
      this.#use(known)
      return known
    }
    const entry: CachedPacket = {
      packet,
      data: this.buffer(),
      have: 0,
      dirty: 0,
      borrowed: 0,
      base: undefined,
      logged: 0,
      settled: false,
      segment: undefined,
      writing: undefined,
      since: 0,
      touched: 0,
    }
    this.#packets.set(packet, entry)
    this.#clean.set(packet, entry)
    this.#evict(entry)
    return entry
  }

  /** To be called after `dirty` of a packet changed. */
  sort(entry: CachedPacket): void {
    if (this.#packets.get(entry.packet) !== entry) return
    if (entry.dirty !== 0) {
      this.#clean.delete(entry.packet)
      this.#dirty.set(entry.packet, entry)
    } else if (this.#dirty.delete(entry.packet)) {
      this.#clean.set(entry.packet, entry)
      this.#evict(entry)
    }
  }

  /** Forgets what is not dirty of a packet. */
  keepDirty(entry: CachedPacket): void {
    if (entry.dirty === 0) this.drop(entry)
    entry.have = entry.dirty
    entry.borrowed = 0
  }

  /** Forgets the packet unless the drive is being handed it, and with `dirty` also what is newer than the disc's. */
  forget(packet: number, dirty: boolean): void {
    const entry = this.#packets.get(packet)
    if (entry === undefined || entry.writing !== undefined || (entry.dirty !== 0 && !dirty)) return
    entry.dirty = 0
    entry.segment = undefined
    this.drop(entry)
  }

  /** Forgets it, dirty or not. */
  drop(entry: CachedPacket): void {
    if (this.#packets.get(entry.packet) !== entry) return
    this.#packets.delete(entry.packet)
    this.#clean.delete(entry.packet)
    this.#dirty.delete(entry.packet)
    if (entry.writing === undefined) this.recycle(entry.data)
  }

  /** A buffer of one packet, with anything in it. */
  buffer(): Buffer {
    return this.#spare.pop() ?? this.#cut()
  }

  /** Cut from a larger piece: each by itself would cost the system a page more. */
  #cut(): Buffer {
    const count = Math.max(1, Math.floor(pieceBytes / this.#packetBytes))
    const piece = Buffer.allocUnsafeSlow(count * this.#packetBytes)
    for (let n = count - 1; n > 0; n--)
      this.#spare.push(piece.subarray(n * this.#packetBytes, (n + 1) * this.#packetBytes))
    return piece.subarray(0, this.#packetBytes)
  }

  /** Takes back a buffer that nobody looks at any more. */
  recycle(buffer: Buffer): void {
    this.#spare.push(buffer)
  }

  #use(entry: CachedPacket): void {
    if (!this.#clean.delete(entry.packet)) return
    this.#clean.set(entry.packet, entry)
  }

  /** Keeps within the limit; `newest` is about to be used. */
  #evict(newest: CachedPacket): void {
    for (const entry of this.#clean.values()) {
      if (this.#clean.size <= this.#cleanLimit) return
      if (entry !== newest && entry.writing === undefined) this.drop(entry)
    }
  }
}
