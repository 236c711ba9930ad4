// Brings packets from the disc into the cache: whole ones, several with one command, none twice at a time.
import { crc32 } from 'node:zlib'
import { blockRange } from './blocks.ts'
import type { CachedPacket, PacketCache } from './cache.ts'
import type { Counters } from './counters.ts'
import { blockBytes, type PacketDrive } from './drive.ts'
import { asBlockError, type BlockError, isMediumError, namesOneOf } from './error.ts'
import type { SerialQueue } from './queue.ts'

export interface LoaderParts {
  drive: PacketDrive
  /** One command to the drive at a time. */
  queue: SerialQueue
  cache: PacketCache
  counters: Counters
  /** The packet was handed to the drive, and is not known to be on the medium. */
  inDoubt: (packet: number) => boolean
  /** What the drive gives of the packet is on the medium: a power cut brings back nothing older. */
  isSettled: (packet: number) => boolean
}

interface Loading {
  /** Settles with what became of this packet, whatever was read together with it. */
  done: Promise<void>
  /** Blocks that were written meanwhile: for those the disc's are out of date. */
  overtaken: number
  /** With a command that reads nothing else. */
  alone: boolean
}

export class Loader {
  readonly #parts: LoaderParts
  readonly #loading = new Map<number, Loading>()

  constructor(parts: LoaderParts) {
    this.#parts = parts
  }

  /** Blocks of a packet that exist: fewer in the last one of an odd capacity. */
  blocksOf(packet: number): number {
    const { blocks, packetBlocks } = this.#parts.drive
    return Math.min(packetBlocks, blocks - packet * packetBlocks)
  }

  /** Told of every write to the cache, at once. */
  overtake(packet: number, set: number): void {
    const loading = this.#loading.get(packet)
    if (loading !== undefined) loading.overtaken |= set
  }

  /**
   * Reads what is missing of `count` packets from `first` on, with one command a run. Rejects with BlockError when one
   * cannot be read as a whole; the others are in the cache then.
   */
  async load(first: number, count: number): Promise<void> {
    const waits: Promise<void>[] = []
    for (let packet = first; packet < first + count; ) {
      if (this.#loading.has(packet) || this.#isWhole(packet)) {
        packet++
        continue
      }
      let end = packet + 1
      while (end < first + count && !this.#loading.has(end) && !this.#isWhole(end)) end++
      this.#loadRun(packet, end - packet)
      packet = end
    }
    for (let packet = first; packet < first + count; packet++) {
      const loading = this.#loading.get(packet)
      if (loading !== undefined) waits.push(loading.done)
    }
    const failed = (await Promise.allSettled(waits)).find((result) => result.status === 'rejected')
    if (failed !== undefined) throw asBlockError(failed.reason)
  }

  /** As load, for one packet, with a command of its own: its failure is about this packet. */
  async loadAlone(packet: number): Promise<void> {
    for (;;) {
      const loading = this.#loading.get(packet)
      if (loading?.alone) return loading.done
      if (loading === undefined) break
      await loading.done.catch(() => undefined)
    }
    if (!this.#isWhole(packet)) await this.#loadRun(packet, 1)
  }

  /** Reads blocks past the cache, for what cannot be read as a whole packet. */
  readRaw(lba: number, blocks: number): Promise<Buffer> {
    const { drive, queue } = this.#parts
    return queue.run(async () => Buffer.concat(await drive.read(lba, blocks)))
  }

  #isWhole(packet: number): boolean {
    const all = blockRange(0, this.blocksOf(packet))
    return ((this.#parts.cache.get(packet)?.have ?? 0) & all) === all
  }

  /** Gives what becomes of the first; each of them is in `#loading`. */
  #loadRun(first: number, count: number): Promise<void> {
    const outcome = this.#readRun(first, count).then(() => undefined, asBlockError)
    const ends: Promise<void>[] = []
    for (let packet = first; packet < first + count; packet++) {
      const done = outcome
        .then((failure) => (failure === undefined ? undefined : this.#judge(packet, count, failure)))
        .finally(() => this.#loading.delete(packet))
      // Whoever waits for it is told; nobody may.
      done.catch(() => undefined)
      this.#loading.set(packet, { done, overtaken: 0, alone: count === 1 })
      ends.push(done)
    }
    return ends[0] ?? Promise.resolve()
  }

  /** After a failure of several packets: that of the one which it names; each other is read alone. */
  async #judge(packet: number, count: number, failure: BlockError): Promise<void> {
    const first = packet * this.#parts.drive.packetBlocks
    const named = namesOneOf(failure, first, this.blocksOf(packet))
    if (count === 1 || !isMediumError(failure) || named === true) throw failure
    await this.#readRun(packet, 1)
  }

  async #readRun(first: number, count: number): Promise<void> {
    const { drive, queue, counters } = this.#parts
    const blocks = (count - 1) * drive.packetBlocks + this.blocksOf(first + count - 1)
    const pieces = await queue.run(() => drive.read(first * drive.packetBlocks, blocks))
    counters.packetsRead += count
    this.#spread(first, pieces)
  }

  /** Puts the pieces, as the bus brought them, where they belong, and leaves out what is newer in memory. */
  #spread(first: number, pieces: readonly Buffer[]): void {
    const { drive, cache, inDoubt } = this.#parts
    const { packetBlocks } = drive
    let lba = first * packetBlocks
    let entry: CachedPacket | undefined
    let doubtful = false
    let base: number[] | undefined
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += blockBytes, lba++) {
        const packet = Math.floor(lba / packetBlocks)
        if (entry?.packet !== packet) {
          entry = cache.take(packet)
          doubtful = inDoubt(packet)
          base = this.#beginBase(entry)
        }
        base?.push(crc32(piece.subarray(at, at + blockBytes)))
        const bit = 1 << (lba - packet * packetBlocks)
        const overtaken = this.#loading.get(packet)?.overtaken ?? 0
        if (((entry.have | overtaken) & bit) !== 0) continue
        piece.copy(entry.data, (lba - packet * packetBlocks) * blockBytes, at, at + blockBytes)
        entry.have |= bit
        if (doubtful) entry.borrowed |= bit
      }
    }
  }

  /** Only for packets that are dirty: of the others memory has it when they become so. */
  #beginBase(entry: CachedPacket): number[] | undefined {
    if (entry.dirty === 0 || !this.#parts.isSettled(entry.packet)) return undefined
    const base: number[] = []
    entry.base = base
    return base
  }
}
