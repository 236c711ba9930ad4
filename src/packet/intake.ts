// Where written bytes go first: into the cache at once, and into the journal.
import { blockRange } from './blocks.ts'
import type { PacketCache } from './cache.ts'
import type { Counters } from './counters.ts'
import { blockBytes } from './drive.ts'
import type { Journal } from './journal.ts'
import type { Loader } from './loader.ts'
import { checksumsOf } from './witness.ts'

export interface IntakeParts {
  packetBytes: number
  cache: PacketCache
  loader: Loader
  counters: Counters
  journal: () => Journal | undefined
  onJournalLost: (error: Error) => void
  /** What memory has of a packet that is not dirty is on the medium. */
  isSettled: (packet: number) => boolean
  now: () => number
}

export class Intake {
  readonly #parts: IntakeParts
  /** ms of the clock when anything was written last. */
  lastWrite = 0

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /**
   * Takes bytes at `offset`, in the order of the calls. Resolves when an engine that came after this one would know them:
   * never rejects, a journal that fails is given up.
   */
  take(offset: number, data: Buffer): Promise<void> {
    const { journal, onJournalLost } = this.#parts
    this.#logBases(offset, data.length)
    const kept = journal()?.append(offset / blockBytes, [data])
    this.put(offset, data, kept?.segment)
    return kept?.done.catch(onJournalLost) ?? Promise.resolve()
  }

  /** What the medium has in the place of packets that become dirty, where memory knows it, is said before they are logged. */
  #logBases(offset: number, length: number): void {
    const { packetBytes, cache, isSettled } = this.#parts
    const journal = this.#parts.journal()
    if (journal === undefined) return
    const all = blockRange(0, packetBytes / blockBytes)
    const end = Math.ceil((offset + length) / packetBytes)
    for (let packet = Math.floor(offset / packetBytes); packet < end; packet++) {
      const entry = cache.get(packet)
      if (entry === undefined || entry.dirty !== 0 || entry.have !== all) continue
      if (entry.writing === undefined && isSettled(packet))
        journal.appendBase((packet * packetBytes) / blockBytes, checksumsOf(entry.data))
    }
  }

  /** Into the cache only; `segment` is the journal file that has it already. */
  put(offset: number, data: Buffer, segment: number | undefined): void {
    const { packetBytes, cache, loader, counters } = this.#parts
    const now = this.#parts.now()
    this.lastWrite = now
    for (let at = 0; at < data.length; ) {
      const packet = Math.floor((offset + at) / packetBytes)
      const within = (offset + at) % packetBytes
      const length = Math.min(data.length - at, packetBytes - within)
      const set = blockRange(within / blockBytes, length / blockBytes)
      const entry = cache.take(packet)
      if (entry.writing === entry.data) {
        // The drive is being handed it.
        entry.data = cache.buffer()
        entry.writing.copy(entry.data)
      }
      data.copy(entry.data, within, at, at + length)
      if (entry.dirty === 0) entry.since = now
      entry.have |= set
      entry.dirty |= set
      entry.borrowed &= ~set
      entry.touched = now
      entry.settled = false
      if (segment !== undefined) {
        entry.logged |= set
        entry.segment ??= segment
      }
      loader.overtake(packet, set)
      cache.sort(entry)
      counters.packetDirtied(packet)
      at += length
    }
  }
}
