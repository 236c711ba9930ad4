// Answers reads: from memory what is there, whole packets from the disc for the rest.
import type { PacketCache } from './cache.ts'
import type { Counters } from './counters.ts'
import { blockBytes } from './drive.ts'
import { asBlockError, BlockError, errno } from './error.ts'
import type { Loader } from './loader.ts'
import { ReadAhead } from './read-ahead.ts'

/** Bytes that are in the cache at once for one request. */
const stepBytes = 1024 * 1024

export interface ReaderParts {
  packetBytes: number
  /** Packets of the disc, an incomplete last one included. */
  packets: number
  cache: PacketCache
  loader: Loader
  counters: Counters
  /** Before packets are read: has in memory what the drive may have lost of them; undefined when there is nothing to do. */
  reclaim: (first: number, count: number) => Promise<void> | undefined
  onBadBlocks: (lba: number, blocks: number) => void
}

export class Reader {
  readonly #parts: ReaderParts
  readonly #readAhead: ReadAhead

  constructor(parts: ReaderParts) {
    this.#parts = parts
    this.#readAhead = new ReadAhead(parts.loader, parts.packets)
  }

  /** Bytes, in pieces of the caller's own. Rejects with BlockError EIO when one of the blocks cannot be read. */
  async read(offset: number, length: number): Promise<Buffer[]> {
    const pieces: Buffer[] = []
    for (let at = offset; at < offset + length; ) {
      const end = Math.min(offset + length, at - (at % stepBytes) + stepBytes)
      pieces.push(await this.#step(at, end - at))
      at = end
    }
    this.#readAhead.after(offset, length, this.#parts.packetBytes)
    return pieces
  }

  /** Bytes as memory has them, or the disc; what is read stays nowhere. Rejects with BlockError EIO. */
  async peek(offset: number, length: number): Promise<Buffer> {
    const out = Buffer.allocUnsafe(length)
    if (this.#copyOut(offset, out) > 0) await this.#singly(offset, out)
    return out
  }

  async #step(offset: number, length: number): Promise<Buffer> {
    const { packetBytes, counters, loader, reclaim } = this.#parts
    const first = Math.floor(offset / packetBytes)
    const count = Math.ceil((offset + length) / packetBytes) - first
    const out = Buffer.allocUnsafe(length)
    await reclaim(first, count)
    let missing = this.#copyOut(offset, out)
    counters.blocksRead += missing
    counters.blocksFromMemory += length / blockBytes - missing
    for (let attempt = 0; missing > 0; attempt++) {
      const failure = await loader.load(first, count).then(() => undefined, asBlockError)
      // The drive may have reported only now that it has lost them.
      await reclaim(first, count)
      missing = this.#copyOut(offset, out)
      if (missing === 0) break
      // Not the disc but the way to it: no use in asking again.
      if (failure !== undefined && failure.sense === undefined) throw failure
      // Unreadable as a whole, or other readers need the memory just as much: past the cache.
      if (failure !== undefined || attempt > 2) {
        await this.#singly(offset, out)
        break
      }
    }
    return out
  }

  /** Copies what memory has into `out`; gives how many blocks it has not. */
  #copyOut(offset: number, out: Buffer): number {
    const { packetBytes, cache } = this.#parts
    let missing = 0
    for (let at = 0; at < out.length; at += blockBytes) {
      const entry = cache.get(Math.floor((offset + at) / packetBytes))
      const within = (offset + at) % packetBytes
      if (entry === undefined || (entry.have & (1 << (within / blockBytes))) === 0) missing++
      else entry.data.copy(out, at, within, within + blockBytes)
    }
    return missing
  }

  /** Packet by packet exactly the blocks that were asked for, so that a bad one fails only who asks for it. */
  async #singly(offset: number, out: Buffer): Promise<void> {
    const { packetBytes, loader } = this.#parts
    for (let at = 0; at < out.length; ) {
      const end = Math.min(out.length, at + packetBytes - ((offset + at) % packetBytes))
      const part = out.subarray(at, end)
      if (this.#copyOut(offset + at, part) > 0) {
        const lba = (offset + at) / blockBytes
        const read = await loader.readRaw(lba, part.length / blockBytes).catch((error: unknown) => {
          const failure = asBlockError(error)
          if (failure.sense?.key === 0x03) this.#parts.onBadBlocks(lba, part.length / blockBytes)
          throw failure
        })
        if (read.length !== part.length)
          throw new BlockError(errno.EIO, 'the drive gave less than was asked for')
        read.copy(part)
        // What memory has is newer.
        this.#copyOut(offset + at, part)
      }
      at = end
    }
  }
}
