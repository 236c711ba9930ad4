// From memory to the disc: which packets, in which order, and what has to be in the journal before.
import type { Relief } from './admission.ts'
import { blockRange, runsOf } from './blocks.ts'
import type { CachedPacket } from './cache.ts'
import { blockBytes } from './drive.ts'
import { asBlockError, type BlockError, isAnswer, isUnreadable } from './error.ts'
import type { Loader } from './loader.ts'
import { Outgoing, type OutgoingParts, older } from './outgoing.ts'
import { SerialQueue } from './queue.ts'
import { Suspects } from './suspects.ts'
import { Synchronizing, type SynchronizingParts } from './synchronizing.ts'

/** Packets that are completed, journalled and written in one go: reads and writes of a drive are not mixed more often. */
const batchPackets = 32

export interface WritebackParts
  extends OutgoingParts,
    Pick<SynchronizingParts, 'onSynchronized' | 'onCacheLost' | 'onLost'> {
  loader: Loader
}

/** Whether the journal is longer than it may be, and far longer. */
export interface JournalLimit {
  full: () => boolean
  overlong: () => boolean
}

export class Writeback {
  readonly #parts: WritebackParts
  readonly #rounds = new SerialQueue()
  readonly #all: number
  readonly #outgoing: Outgoing
  readonly #suspects: Suspects
  readonly #synchronizing: Synchronizing
  /** Packets that the engine before may have handed to the drive, whose cache has not been emptied since. */
  readonly #inherited = new Set<number>()

  constructor(parts: WritebackParts) {
    this.#parts = parts
    this.#all = blockRange(0, parts.drive.packetBlocks)
    const suspects = new Suspects({ ...parts, packetBlocks: parts.drive.packetBlocks })
    const outgoing = new Outgoing({
      ...parts,
      refuse: async (refused, failure) => {
        const fate = await parts.refuse(refused, failure)
        if (fate === 'given up') suspects.forget(refused.packet)
        return fate
      },
    })
    this.#suspects = suspects
    this.#outgoing = outgoing
    const write = (packets: readonly CachedPacket[]) => this.#writeOut(packets)
    const onSynchronized: SynchronizingParts['onSynchronized'] = async (packets, read) => {
      this.#inherited.clear()
      await parts.onSynchronized(packets, read)
    }
    this.#synchronizing = new Synchronizing({ ...parts, outgoing, suspects, write, onSynchronized })
  }

  /** Packets that were written and not synchronised since. */
  get unsynchronized(): number {
    return this.#outgoing.unsynchronized.size + this.#suspects.size
  }

  /** It was handed to the drive, and is not known to be on the medium. */
  inDoubt(packet: number): boolean {
    return this.#outgoing.unsynchronized.has(packet) || this.#suspects.has(packet)
  }

  /** The engine before may have handed them to the drive. */
  doubt(packets: Iterable<number>): void {
    for (const packet of packets) this.#inherited.add(packet)
  }

  /** What the drive gives of it is on the medium: a power cut brings back nothing older. */
  isSettled(packet: number): boolean {
    return !this.inDoubt(packet) && !this.#inherited.has(packet)
  }

  /**
   * Before they are read: what the drive may have lost of these packets is in memory again, from there or from the journal. Undefined:
   * nothing of them, so the drive can be asked. Rejects with none.
   */
  reclaim(first: number, count: number): Promise<void> | undefined {
    const { drive, cache, onLost } = this.#parts
    if (!drive.owesError && this.#suspects.size === 0) return undefined
    const { unsynchronized } = this.#outgoing
    const packets: number[] = []
    for (let packet = first; packet < first + count; packet++) {
      const entry = cache.get(packet)
      const isOurs = entry?.have === this.#all && entry.borrowed === 0
      const isLost = this.#suspects.has(packet) || (drive.owesError && unsynchronized.has(packet))
      if (isLost && !isOurs) packets.push(packet)
    }
    if (packets.length === 0) return undefined
    return this.#rounds.run(async () => {
      if (drive.owesError) this.#suspects.take(unsynchronized)
      const { lost } = await this.#suspects.recall(packets)
      if (lost.length > 0) await onLost(lost)
    })
  }

  /**
   * Puts everything that is dirty now, or of it the given packets, on the medium; what the medium refuses is given up. Rejects with
   * BlockError when a part of it is neither: that stays dirty.
   */
  flush(only?: ReadonlySet<number>): Promise<void> {
    return this.#rounds.run(async () => {
      if (only === undefined) this.#parts.counters.boundary()
      const dirty = [...this.#parts.cache.dirty()].filter((e) => only?.has(e.packet) ?? true)
      dirty.sort((a, b) => a.packet - b.packet)
      let failure = await this.#writeOut(dirty)
      await this.#synchronize()
      if (failure?.losesEarlier) {
        // It was an earlier packet's, and that one is settled now.
        failure = await this.#writeOut(dirty.filter((entry) => this.#outgoing.waits(entry)))
        await this.#synchronize()
      }
      if (failure !== undefined) throw failure
    })
  }

  /** Makes room. Rejects as flush, when there is none; no SYNCHRONIZE CACHE without need. */
  relieve(to: Relief, journal: JournalLimit): Promise<void> {
    return this.#rounds.run(async () => {
      for (let next = this.#choose(to); next.length > 0; next = this.#choose(to)) {
        await this.#writeOrThrow(next)
      }
      if (!journal.full()) return
      try {
        // What keeps the oldest file alive is in the way of all that came after it.
        await this.#writeOrThrow(this.#oldest())
        await this.#synchronize()
      } catch (error) {
        // All of it is kept, and the next flush tries again; but the journal has an end.
        if (journal.overlong()) throw error
      }
    })
  }

  async #writeOrThrow(packets: readonly CachedPacket[]): Promise<void> {
    const failure = await this.#writeOut(packets)
    if (failure !== undefined) throw failure
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

  /** Writes these packets; gives the first failure that left one dirty. Rejects with none. */
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
      // One that was given up may have been written to in part meanwhile.
      if (failure === undefined && entry.have === this.#all) ready.push(entry)
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
      stop ||= failure !== undefined
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

  /**
   * Reads what a packet lacks. A packet that cannot be read as a whole can be written as a whole only. Gives the failure that leaves it
   * as it is.
   */
  async #complete(entry: CachedPacket): Promise<BlockError | undefined> {
    const { loader, drive } = this.#parts
    while (entry.have !== this.#all && this.#outgoing.waits(entry)) {
      try {
        await loader.loadAlone(entry.packet)
      } catch (error) {
        const failure = asBlockError(error)
        if (entry.have === this.#all || !this.#outgoing.waits(entry)) return undefined
        const isLost = isUnreadable(failure, entry.packet * drive.packetBlocks, drive.packetBlocks)
        return isLost ? this.#outgoing.abandon(entry, failure) : failure
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
      if (entry.base !== undefined) {
        // All that is written to the packet has to follow it.
        journal.appendBase(entry.packet * packetBlocks, entry.base)
        entry.base = undefined
        entry.logged = 0
      }
      // What was borrowed from the drive is there already, in the file that has what the drive was handed.
      const known = this.inDoubt(entry.packet) ? entry.logged | entry.borrowed : entry.logged
      for (const { first, count } of runsOf(this.#all & ~known, packetBlocks)) {
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
    await this.#synchronizing.run()
    await this.#parts
      .journal()
      ?.release(this.#liveSegment())
      .catch(() => undefined)
  }

  /** The oldest journal file that is still needed. */
  #liveSegment(): number | undefined {
    let oldest: number | undefined
    for (const entry of this.#parts.cache.dirty()) oldest = older(oldest, entry.segment)
    for (const { segment } of this.#outgoing.unsynchronized.values()) oldest = older(oldest, segment)
    for (const segment of this.#suspects.segments()) oldest = older(oldest, segment)
    return oldest
  }
}
