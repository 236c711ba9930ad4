// From memory to the disc: which packets, in which order, and what has to be in the journal before.
import type { Relief } from './admission.ts'
import { blockRange, runsOf } from './blocks.ts'
import type { CachedPacket } from './cache.ts'
import { blockBytes } from './drive.ts'
import { asBlockError, type BlockError, isMediumError } from './error.ts'
import type { Loader } from './loader.ts'
import { Outgoing, type OutgoingParts, older } from './outgoing.ts'
import { SerialQueue } from './queue.ts'

/** Packets that are completed, journalled and written in one go: reads and writes of a drive are not mixed more often. */
const batchPackets = 32

export interface WritebackParts extends OutgoingParts {
  loader: Loader
  /** The medium has all of that now; called before the journal forgets it, with what reads the medium past the cache. */
  onSynchronized: (read: Loader['readRaw']) => Promise<void>
  /** Data that was acknowledged may be lost, and no flush is waiting to be told. */
  onLoss: (failure: BlockError) => void
}

export class Writeback {
  readonly #parts: WritebackParts
  readonly #rounds = new SerialQueue()
  readonly #all: number
  readonly #outgoing: Outgoing

  constructor(parts: WritebackParts) {
    this.#parts = parts
    this.#outgoing = new Outgoing(parts)
    this.#all = blockRange(0, parts.drive.packetBlocks)
  }

  /** Packets that were written and not synchronised since. */
  get unsynchronized(): number {
    return this.#outgoing.unsynchronized.size
  }

  /**
   * Puts everything that is dirty now, or of it the given packets, on the medium. Rejects with BlockError when a part of
   * it is not there: what the medium refused is given up, everything else stays dirty.
   */
  flush(only?: ReadonlySet<number>): Promise<void> {
    return this.#rounds.run(async () => {
      if (only === undefined) this.#parts.counters.boundary()
      const dirty = [...this.#parts.cache.dirty()].filter((e) => only?.has(e.packet) ?? true)
      const failure = await this.#writeOut(dirty.sort((a, b) => a.packet - b.packet))
      await this.#synchronize()
      if (failure !== undefined) throw failure
    })
  }

  /** Makes room. Rejects as flush; no SYNCHRONIZE CACHE without need. */
  relieve(to: Relief, journalBytes: number): Promise<void> {
    return this.#rounds.run(async () => {
      const { journal } = this.#parts
      for (let next = this.#choose(to); next.length > 0; next = this.#choose(to)) {
        await this.#writeOrThrow(next)
      }
      if ((journal()?.bytes ?? 0) <= journalBytes) return
      // What keeps the oldest file alive is in the way of all that came after it.
      await this.#writeOrThrow(this.#oldest())
      await this.#synchronize().catch((error) => this.#parts.onLoss(asBlockError(error)))
    })
  }

  /** What the medium refuses is told to the next flush, by onRefused, and stops nobody here. */
  async #writeOrThrow(packets: readonly CachedPacket[]): Promise<void> {
    const failure = await this.#writeOut(packets)
    if (failure !== undefined && !isMediumError(failure)) throw failure
  }

  /** Complete packets first, upwards from where the last run ended; metadata is written to again, so it comes last. */
  #choose({ complete, others }: Relief): CachedPacket[] {
    const count = this.#parts.cache.dirtyCount
    if (count <= complete && count <= others) return []
    const dirty = [...this.#parts.cache.dirty()]
    const whole = dirty.filter((e) => e.dirty === this.#all).sort((a, b) => a.packet - b.packet)
    if (whole.length > 0 && count > complete) {
      const at = whole.findIndex((e) => e.packet >= this.#outgoing.head)
      const turned = at <= 0 ? whole : [...whole.slice(at), ...whole.slice(0, at)]
      return turned.slice(0, Math.min(count - complete, batchPackets))
    }
    const wanted = Math.min(Math.max(0, count - others), batchPackets)
    const rested = dirty.sort((a, b) => a.touched - b.touched).slice(0, wanted)
    return rested.sort((a, b) => a.packet - b.packet)
  }

  #oldest(): CachedPacket[] {
    const middle = (this.#liveSegment() ?? 0) + 2
    return [...this.#parts.cache.dirty()]
      .filter((e) => e.segment !== undefined && e.segment <= middle)
      .sort((a, b) => a.packet - b.packet)
  }

  /** Writes these packets; gives the first failure. Rejects with none. */
  async #writeOut(packets: readonly CachedPacket[]): Promise<BlockError | undefined> {
    let first: BlockError | undefined
    for (let at = 0; at < packets.length; at += batchPackets) {
      const batch = packets.slice(at, at + batchPackets)
      const failure = await this.#writeBatch(batch)
      first ??= failure
      // Not the medium but the way to it: the rest would wait for the same.
      if (failure !== undefined && !isMediumError(failure)) break
    }
    return first
  }

  async #writeBatch(batch: readonly CachedPacket[]): Promise<BlockError | undefined> {
    let first: BlockError | undefined
    const ready: CachedPacket[] = []
    for (const entry of batch) {
      const failure = await this.#complete(entry)
      if (failure === undefined) ready.push(entry)
      first ??= failure
      // A drive that does not answer would be waited for once a packet, and the request for half an hour.
      if (failure !== undefined && !isMediumError(failure)) break
    }
    await this.#log(ready.filter((entry) => this.#outgoing.waits(entry)))
    for (let at = 0; at < ready.length; ) {
      const run = this.#runFrom(ready, at)
      at += Math.max(1, run.length)
      const failure = await this.#outgoing.write(run)
      first ??= failure
      if (failure !== undefined && !isMediumError(failure)) break
    }
    return first
  }

  /** What goes out with one command: packets that follow each other on the disc, as long as they wait. */
  #runFrom(ready: readonly CachedPacket[], at: number): CachedPacket[] {
    const run: CachedPacket[] = []
    for (const entry of ready.slice(at, at + this.#parts.drive.packetsAtOnce)) {
      const follows = run[0] === undefined || entry.packet === run[0].packet + run.length
      if (!follows || !this.#outgoing.waits(entry)) break
      run.push(entry)
    }
    return run
  }

  /** Reads what a packet lacks. A packet that cannot be read as a whole can be written as a whole only. */
  async #complete(entry: CachedPacket): Promise<BlockError | undefined> {
    while (entry.have !== this.#all && this.#outgoing.waits(entry)) {
      try {
        await this.#parts.loader.load(entry.packet, 1)
      } catch (error) {
        if (entry.have === this.#all || !this.#outgoing.waits(entry)) return undefined
        return this.#outgoing.failed(entry, asBlockError(error))
      }
    }
    return undefined
  }

  /**
   * A write that is cut short takes the whole packet with it, so all of it is in the journal first, and stays there.
   * Without a journal any more, what it would have saved is at risk; the data itself goes its way.
   */
  async #log(packets: readonly CachedPacket[]): Promise<void> {
    const journal = this.#parts.journal()
    if (journal === undefined) return
    for (const entry of packets) {
      const { packetBlocks } = this.#parts.drive
      for (const { first, count } of runsOf(this.#all & ~entry.logged, packetBlocks)) {
        const bytes = entry.data.subarray(first * blockBytes, (first + count) * blockBytes)
        // A copy: the client may write to the packet while this is on its way to the file.
        const { segment, done } = journal.append(entry.packet * packetBlocks + first, [Buffer.from(bytes)])
        done.catch(() => undefined)
        entry.logged |= blockRange(first, count)
        entry.segment ??= segment
      }
      entry.settled = true
    }
    await journal.synchronize().catch(() => undefined)
  }

  async #synchronize(): Promise<void> {
    const { drive, queue, counters, journal, onSynchronized } = this.#parts
    if (this.#outgoing.unsynchronized.size > 0 || drive.owesError) {
      counters.synchronizes++
      try {
        await queue.run(() => drive.synchronize())
      } catch (error) {
        this.#rewriteWhatIsLeft()
        throw error
      }
      this.#outgoing.unsynchronized.clear()
      await onSynchronized((lba, blocks) => this.#parts.loader.readRaw(lba, blocks))
    }
    await journal()
      ?.release(this.#liveSegment())
      .catch(() => undefined)
  }

  /** The drive lost its cache: what is in ours is written again. */
  #rewriteWhatIsLeft(): void {
    const { cache } = this.#parts
    for (const [packet, segment] of this.#outgoing.unsynchronized) {
      const entry = cache.get(packet)
      if (entry?.have !== this.#all) continue
      entry.dirty = this.#all
      entry.segment = older(segment, entry.segment)
      cache.sort(entry)
      this.#outgoing.unsynchronized.delete(packet)
    }
  }

  /** The oldest journal file that is still needed. */
  #liveSegment(): number | undefined {
    let oldest: number | undefined
    for (const entry of this.#parts.cache.dirty()) oldest = older(oldest, entry.segment)
    for (const segment of this.#outgoing.unsynchronized.values()) oldest = older(oldest, segment)
    return oldest
  }
}
