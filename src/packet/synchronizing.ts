// The drive's cache is emptied. What it may have lost is written once more, and when the medium is at fault, the packet is found that it
// does not take: groups of packets are written, each followed by a SYNCHRONIZE CACHE of its own.
import type { CachedPacket, PacketCache } from './cache.ts'
import type { Counters } from './counters.ts'
import type { PacketDrive } from './drive.ts'
import { asBlockError, type BlockError, blamesMedium, isAnswer } from './error.ts'
import type { Loader } from './loader.ts'
import type { Outgoing } from './outgoing.ts'
import type { SerialQueue } from './queue.ts'
import type { Suspects } from './suspects.ts'

/** Packets that are fetched from the journal at a time. */
const batchPackets = 32
/** SYNCHRONIZE CACHEs in a row that may fail with nothing new in the cache, and how often that may happen before the drive is left alone. */
const mostCleanings = 8
const mostUnclean = 4
/** Failures that are known to be about one packet after which it is given up; the last one is with nothing else in the cache. */
const enoughStrikes = 2

export interface SynchronizingParts {
  drive: PacketDrive
  queue: SerialQueue
  cache: PacketCache
  counters: Counters
  loader: Loader
  outgoing: Outgoing
  suspects: Suspects
  /** Writes packets out, as dirty ones are. Gives what left some of them dirty. */
  write: (packets: readonly CachedPacket[]) => Promise<BlockError | undefined>
  /** The medium has these packets now; called before the journal forgets them, with what reads the medium past the cache. */
  onSynchronized: (packets: readonly number[], read: Loader['readRaw']) => Promise<void>
  /** The drive may have lost that many packets with its cache; they are written once more. */
  onCacheLost: (packets: number, failure: BlockError) => void
  /** Nobody has these packets any more. */
  onLost: (packets: readonly number[]) => Promise<void>
}

export class Synchronizing {
  readonly #parts: SynchronizingParts
  /** Failures that are known to be about one packet. */
  readonly #strikes = new Map<number, number>()
  /** Nothing that failed before is in the drive's cache any more. */
  #isClean = true
  /** How often it may still stay unclean. */
  #patience = mostUnclean

  constructor(parts: SynchronizingParts) {
    this.#parts = parts
  }

  /**
   * All that was handed to the drive is on the medium, or given up, or nobody has it any more. Rejects with BlockError when a part is
   * neither: it stays suspect, for the next call.
   */
  async run(): Promise<void> {
    const { suspects } = this.#parts
    this.#patience = mostUnclean
    const failure = await this.#empty()
    if (failure !== undefined) {
      if (!isAnswer(failure)) throw failure
      await this.#clean()
    }
    const all = suspects.numbers()
    if (all.length === 0) {
      // About a packet that the drive had said to be on the medium. Nobody has it any more, so all that can be done is to report it.
      if (failure?.losesEarlier === false) throw failure
      return
    }
    const blamed = failure !== undefined && blamesMedium(failure)
    await this.#settle(blamed ? await this.#divide(all, failure, true) : [all])
  }

  /** SYNCHRONIZE CACHE, if there is anything to be asked. Gives the failure, after which what was written is suspect. */
  async #empty(): Promise<BlockError | undefined> {
    const { drive, queue, counters, outgoing, suspects, loader, onSynchronized, onCacheLost } = this.#parts
    const { unsynchronized } = outgoing
    if (unsynchronized.size === 0 && !drive.owesError) return undefined
    counters.synchronizes++
    try {
      await queue.run(() => drive.synchronize())
    } catch (error) {
      const failure = asBlockError(error)
      onCacheLost(unsynchronized.size, failure)
      suspects.take(unsynchronized)
      return failure
    }
    this.#isClean = true
    const packets = [...unsynchronized.keys()]
    this.#acquit(packets)
    unsynchronized.clear()
    await onSynchronized(packets, (lba, blocks) => loader.readRaw(lba, blocks))
    return undefined
  }

  /** The medium has them. */
  #acquit(packets: Iterable<number>): void {
    const { cache, suspects } = this.#parts
    for (const packet of packets) {
      this.#strikes.delete(packet)
      const entry = cache.get(packet)
      // What the drive gave of them was right, unless it may have lost them before they were handed to it again.
      if (entry !== undefined && !suspects.has(packet)) entry.borrowed = 0
    }
  }

  /**
   * After a failure the drive may still have the rest, or what it failed with, and its next failure may be about that: it is asked until
   * it has nothing to report. Rejects with BlockError when it goes on failing.
   */
  async #clean(): Promise<void> {
    const { drive, queue, counters, suspects, outgoing } = this.#parts
    suspects.take(outgoing.unsynchronized)
    // A drive may report one packet at a time, and a scratch goes over many.
    for (let left = mostCleanings + suspects.size; ; left--) {
      counters.synchronizes++
      const failure = await queue.run(() => drive.synchronize()).then(() => undefined, asBlockError)
      this.#isClean = failure === undefined
      if (failure === undefined) return
      if (!blamesMedium(failure)) throw failure
      if (left > 1) continue
      if (--this.#patience <= 0) throw failure
      return
    }
  }

  /** Groups are tried until every packet is on the medium or given up. Each failure makes the groups smaller, so it ends. */
  async #settle(groups: (readonly number[])[]): Promise<void> {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const wasClean = this.#isClean
      const unwritten = await this.#rewrite(group)
      const failure = unwritten ?? (await this.#empty())
      if (failure === undefined) continue
      if (!blamesMedium(failure)) throw failure
      await this.#clean()
      groups.unshift(...(await this.#divide(group, failure, wasClean && unwritten === undefined)))
    }
  }

  /** Writes what the drive may have lost of these, or has not taken yet. Gives what left some of them dirty. */
  async #rewrite(group: readonly number[]): Promise<BlockError | undefined> {
    const { suspects, onLost, write } = this.#parts
    for (let at = 0; at < group.length; at += batchPackets) {
      const batch = group.slice(at, at + batchPackets)
      const { lost } = await suspects.recall(batch)
      if (lost.length > 0) await onLost(lost)
      const failure = await write(batch.flatMap((packet) => this.#dirty(packet) ?? []))
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /**
   * What to try next when the medium did not take one of these packets: the one that the drive names by itself, and the others in halves.
   * One that was alone, and to blame before, is given up. `isFair`: there was nothing else in the cache that could fail. Rejects with
   * BlockError when it has to be kept for now.
   */
  async #divide(
    group: readonly number[],
    failure: BlockError,
    isFair: boolean,
  ): Promise<(readonly number[])[]> {
    const { suspects, outgoing } = this.#parts
    const left = group.filter((packet) => suspects.has(packet) || this.#dirty(packet) !== undefined)
    const named = this.#named(failure)
    const culprit = left.length === 1 ? left[0] : left.find((packet) => packet === named)
    const others = left.filter((packet) => packet !== culprit)
    const half = Math.ceil(others.length / 2)
    const groups = [others.slice(0, half), others.slice(half)].filter(({ length }) => length > 0)
    if (culprit === undefined) return groups
    if (!isFair && --this.#patience <= 0) throw failure
    if (!isFair && culprit !== named) return [[culprit]]
    const strikes = (this.#strikes.get(culprit) ?? 0) + 1
    this.#strikes.set(culprit, strikes)
    if (group.length > 1 || strikes < enoughStrikes || !isFair) return [...groups, [culprit]]
    await this.#condemn(culprit, failure)
    // A packet that stands in for it was written in its place.
    return outgoing.unsynchronized.has(culprit) ? [...groups, [culprit]] : groups
  }

  async #condemn(packet: number, failure: BlockError): Promise<void> {
    const { cache, suspects, outgoing, onLost } = this.#parts
    const newer = cache.get(packet)?.dirty ?? 0
    const handed = suspects.of(packet)
    if (handed === undefined) return
    const { entries, lost } = await suspects.recall([packet])
    if (lost.length > 0) await onLost(lost)
    for (const entry of entries) {
      const kept = await outgoing.condemn(entry, handed, newer, failure)
      if (kept !== undefined) throw kept
    }
    this.#strikes.delete(packet)
  }

  #dirty(packet: number): CachedPacket | undefined {
    const entry = this.#parts.cache.get(packet)
    return entry === undefined || entry.dirty === 0 ? undefined : entry
  }

  /** The packet of the block that the drive names. */
  #named({ sense }: BlockError): number | undefined {
    const lba = sense?.information
    return lba === undefined ? undefined : Math.floor(lba / this.#parts.drive.packetBlocks)
  }
}
