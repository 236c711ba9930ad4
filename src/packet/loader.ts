// Brings packets from the disc into the cache: whole ones, several with one command, none twice at a time.
import { blockRange } from './blocks.ts'
import type { CachedPacket, PacketCache } from './cache.ts'
import type { Counters } from './counters.ts'
import { blockBytes, type PacketDrive } from './drive.ts'
import { asBlockError } from './error.ts'
import type { SerialQueue } from './queue.ts'

export class Loader {
  readonly #drive: PacketDrive
  readonly #queue: SerialQueue
  readonly #cache: PacketCache
  readonly #counters: Counters
  /** Packets on their way, each with the blocks that were written meanwhile: for those the disc's are out of date. */
  readonly #loading = new Map<number, { done: Promise<void>; overtaken: number }>()

  /** `queue`: one command to the drive at a time. */
  constructor(drive: PacketDrive, queue: SerialQueue, cache: PacketCache, counters: Counters) {
    this.#drive = drive
    this.#queue = queue
    this.#cache = cache
    this.#counters = counters
  }

  /** Blocks of a packet that exist: fewer in the last one of an odd capacity. */
  blocksOf(packet: number): number {
    const { blocks, packetBlocks } = this.#drive
    return Math.min(packetBlocks, blocks - packet * packetBlocks)
  }

  /** Told of every write to the cache, at once. */
  overtake(packet: number, set: number): void {
    const loading = this.#loading.get(packet)
    if (loading !== undefined) loading.overtaken |= set
  }

  /**
   * Reads what is missing of `count` packets from `first` on, with one command a run. Rejects with BlockError when one
   * cannot be read as a whole; those of other runs are in the cache then.
   */
  async load(first: number, count: number): Promise<void> {
    const waits: Promise<void>[] = []
    for (let packet = first; packet < first + count; ) {
      const loading = this.#loading.get(packet)
      if (loading !== undefined || this.#isWhole(packet)) {
        if (loading !== undefined) waits.push(loading.done)
        packet++
        continue
      }
      let end = packet + 1
      while (end < first + count && !this.#loading.has(end) && !this.#isWhole(end)) end++
      waits.push(this.#loadRun(packet, end - packet))
      packet = end
    }
    const failed = (await Promise.allSettled(waits)).find((result) => result.status === 'rejected')
    if (failed !== undefined) throw asBlockError(failed.reason)
  }

  /** Reads blocks past the cache, for what cannot be read as a whole packet. */
  readRaw(lba: number, blocks: number): Promise<Buffer> {
    return this.#queue.run(async () => Buffer.concat(await this.#drive.read(lba, blocks)))
  }

  #isWhole(packet: number): boolean {
    const all = blockRange(0, this.blocksOf(packet))
    return ((this.#cache.get(packet)?.have ?? 0) & all) === all
  }

  #loadRun(first: number, count: number): Promise<void> {
    const { packetBlocks } = this.#drive
    const blocks = (count - 1) * packetBlocks + this.blocksOf(first + count - 1)
    const done = this.#queue
      .run(() => this.#drive.read(first * packetBlocks, blocks))
      .then((pieces) => {
        this.#counters.packetsRead += count
        this.#spread(first, pieces)
      })
      .finally(() => {
        for (let packet = first; packet < first + count; packet++) this.#loading.delete(packet)
      })
    for (let packet = first; packet < first + count; packet++)
      this.#loading.set(packet, { done, overtaken: 0 })
    return done
  }

  /** Puts the pieces, as the bus brought them, where they belong, and leaves out what is newer in memory. */
  #spread(first: number, pieces: readonly Buffer[]): void {
    const { packetBlocks } = this.#drive
    let lba = first * packetBlocks
    let entry: CachedPacket | undefined
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; at += blockBytes, lba++) {
        const packet = Math.floor(lba / packetBlocks)
        if (entry?.packet !== packet) entry = this.#cache.take(packet)
        const block = lba - packet * packetBlocks
        const overtaken = this.#loading.get(packet)?.overtaken ?? 0
        if (((entry.have | overtaken) & (1 << block)) !== 0) continue
        piece.copy(entry.data, block * blockBytes, at, at + blockBytes)
        entry.have |= 1 << block
      }
    }
  }
}
