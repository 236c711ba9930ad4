// From memory to the disc: which packets, in which order, and what has to be in the journal before.
import type { Relief } from './admission.ts'
import { blockRange, runsOf } from './blocks.ts'
import type { CachedPacket } from './cache.ts'
import { blockBytes } from './drive.ts'
import { asBlockError, BlockError, errno, isAnswer, isMediumError } from './error.ts'
import type { Loader } from './loader.ts'
import { Outgoing, type OutgoingParts, older } from './outgoing.ts'
import { SerialQueue } from './queue.ts'
import { Suspects } from './suspects.ts'

/** Packets that are completed, journalled and written in one go: reads and writes of a drive are not mixed more often. */
const batchPackets = 32

export interface WritebackParts extends OutgoingParts {
  loader: Loader
  /** The medium has all of that now; called before the journal forgets it, with what reads the medium past the cache. */
  onSynchronized: (read: Loader['readRaw']) => Promise<void>
  /** Data that was acknowledged may be lost: the next flush is to be told, or the one that runs, at its end. */
  onLoss: (failure: BlockError) => void
  /** The drive may have lost that many packets with its cache; they are written once more. */
  onCacheLost: (packets: number, failure: BlockError) => void
}

export class Writeback {
  readonly #parts: WritebackParts
  readonly #rounds = new SerialQueue()
  readonly #all: number
  readonly #outgoing: Outgoing
  readonly #suspects: Suspects

  constructor(parts: WritebackParts) {
    this.#parts = parts
    this.#outgoing = new Outgoing(parts)
    this.#all = blockRange(0, parts.drive.packetBlocks)
    this.#suspects = new Suspects({ ...parts, packetBlocks: parts.drive.packetBlocks })
  }

  /** Packets that were written and not synchronised since. */
  get unsynchronized(): number {
    return this.#outgoing.unsynchronized.size + this.#suspects.size
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
      const { failure, stop } = await this.#writeBatch(batch)
      first ??= failure
      if (stop) break
    }
    return first
  }

  /** `stop`: not the packets but the drive, or the way to it; the rest would wait for the same. */
  async #writeBatch(
    batch: readonly CachedPacket[],
  ): Promise<{ failure: BlockError | undefined; stop: boolean }> {
    let first: BlockError | undefined
    let stop = false
    const ready: CachedPacket[] = []
    for (const entry of batch) {
      const failure = await this.#complete(entry)
      if (failure === undefined) ready.push(entry)
      first ??= failure
      // What cannot be read keeps nobody else waiting. A drive that does not answer would be waited for once a packet.
      stop = failure !== undefined && !isAnswer(failure)
      if (stop) break
    }
    await this.#log(ready.filter((entry) => this.#outgoing.waits(entry)))
    for (let at = 0; at < ready.length; ) {
      const run = this.#runFrom(ready, at)
      at += Math.max(1, run.length)
      const failure = await this.#outgoing.write(run)
      first ??= failure
      stop ||= failure !== undefined && !isMediumError(failure)
      if (stop) break
    }
    return { failure: first, stop }
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

  /** Once more when the drive answers that it failed: then everything that it may have lost is written again first. */
  async #synchronize(): Promise<void> {
    for (let left = 1; ; left--) {
      const failure = (await this.#rewrite()) ?? (await this.#askToSynchronize())
      if (failure === undefined) break
      if (left === 0 || !isAnswer(failure)) throw failure
    }
    await this.#parts
      .journal()
      ?.release(this.#liveSegment())
      .catch(() => undefined)
  }

  async #askToSynchronize(): Promise<BlockError | undefined> {
    const { drive, queue, counters, onSynchronized, onCacheLost } = this.#parts
    const { unsynchronized } = this.#outgoing
    if (unsynchronized.size === 0 && !drive.owesError) return undefined
    counters.synchronizes++
    try {
      await queue.run(() => drive.synchronize())
    } catch (error) {
      const failure = asBlockError(error)
      onCacheLost(unsynchronized.size, failure)
      this.#suspects.take(unsynchronized)
      return failure
    }
    unsynchronized.clear()
    await onSynchronized((lba, blocks) => this.#parts.loader.readRaw(lba, blocks))
    return undefined
  }

  /** Writes what the drive may have lost. What nobody has any more is told. Gives the failure; rejects with none. */
  async #rewrite(): Promise<BlockError | undefined> {
    let first: BlockError | undefined
    while (this.#suspects.size > 0) {
      const { entries, lost } = await this.#suspects.recall(batchPackets)
      if (lost > 0)
        this.#parts.onLoss(new BlockError(errno.EIO, `${lost} packets were lost with the drive's cache`))
      const failure = await this.#writeOut(entries)
      first ??= failure
      if (failure !== undefined && !isMediumError(failure)) break
    }
    return first
  }

  /** The oldest journal file that is still needed. */
  #liveSegment(): number | undefined {
    let oldest: number | undefined
    for (const entry of this.#parts.cache.dirty()) oldest = older(oldest, entry.segment)
    for (const segment of this.#outgoing.unsynchronized.values()) oldest = older(oldest, segment)
    for (const segment of this.#suspects.segments()) oldest = older(oldest, segment)
    return oldest
  }
}
