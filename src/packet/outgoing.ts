// Packets on their way: handed to the drive, and then written, refused by the medium, or dirty as before.
import type { CachedPacket, PacketCache } from './cache.ts'
import type { Counters } from './counters.ts'
import type { PacketDrive } from './drive.ts'
import { asBlockError, type BlockError, isMediumError } from './error.ts'
import type { Journal } from './journal.ts'
import type { SerialQueue } from './queue.ts'

export interface OutgoingParts {
  drive: PacketDrive
  /** One command to the drive at a time. */
  queue: SerialQueue
  cache: PacketCache
  counters: Counters
  /** Undefined: none, or none any more. */
  journal: () => Journal | undefined
  /** A packet was handed to the drive with these bytes. */
  onWritten: (packet: number, data: Buffer) => void
  /** The medium refuses a packet. Rejects with none. */
  refuse: (refused: Refused, failure: BlockError) => Promise<Fate>
}

/**
 * What becomes of a packet that the medium refuses: it is given up; or another one stands in for it from now on, and it is to be written
 * again; or it stays dirty, for the reason given.
 */
export type Fate = 'given up' | 'replaced' | BlockError

/** A packet that the medium refuses, as far as it is known. */
export interface Refused {
  packet: number
  data: Buffer
  /** The set of its blocks that are known. */
  known: number
  /** Number of the journal's record behind the last one that is lost with it: those that follow are newer. */
  sequence: number
}

/** What is to be known of a packet that the drive was handed until it is on the medium. */
export interface Handed {
  /** The oldest journal file with it. */
  segment: number | undefined
  /** Number of the journal's next record at that time. */
  sequence: number
}

/** One packet of those that the drive was handed, and what was known of it then. */
interface Sent extends Pick<CachedPacket, 'data' | 'dirty' | 'logged'>, Handed {
  entry: CachedPacket
}

/** The older of two journal files, of which there may be none. */
export function older(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

/** A packet that was handed to the drive again. */
export const laterOf = (before: Handed | undefined, { segment, sequence }: Handed): Handed => ({
  segment: older(before?.segment, segment),
  sequence,
})

export class Outgoing {
  readonly #parts: OutgoingParts
  /** Written, and perhaps only in the drive's cache. */
  readonly unsynchronized = new Map<number, Handed>()
  /** Behind the packet that was written last. */
  head = 0

  constructor(parts: OutgoingParts) {
    this.#parts = parts
  }

  /** False when a TRIM has made it unnecessary meanwhile: its bytes are another packet's then. */
  waits(entry: CachedPacket): boolean {
    return entry.dirty !== 0 && this.#parts.cache.get(entry.packet) === entry
  }

  /**
   * Writes packets that follow each other, as many as the drive takes at once at the most, and all of them known as a
   * whole. Gives the failure that left some of them dirty. Rejects with none.
   */
  async write(run: readonly CachedPacket[]): Promise<BlockError | undefined> {
    const [first] = run
    if (first === undefined) return undefined
    const { drive, queue, journal } = this.#parts
    const sent = run.map((entry) => this.#hand(entry))
    // Written to since it was logged: the medium must not have a version that the journal could lose, or a recovery would
    // put the one before it in its place. From here on the packets do not change any more.
    if (run.some(({ settled }) => !settled)) {
      await journal()
        ?.synchronize()
        .catch(() => undefined)
    }
    const packets = sent.map(({ data }) => data)
    const failure = await queue
      .run(() => drive.writePackets(first.packet * drive.packetBlocks, packets))
      .then(() => undefined, asBlockError)
    if (failure === undefined) {
      for (const one of sent) this.#written(one)
      return undefined
    }
    // Which of them it was, and what became of the others, only each of them alone can tell.
    if (run.length > 1 && isMediumError(failure)) return this.#writeEach(sent)
    let kept: BlockError | undefined
    for (const one of sent) kept = (await this.#unwritten(one, failure)) ?? kept
    return kept
  }

  async #writeEach(sent: readonly Sent[]): Promise<BlockError | undefined> {
    for (const one of sent) {
      this.#takeBack(one)
      this.#letGo(one)
    }
    for (const { entry } of sent) {
      const failure = this.waits(entry) ? await this.write([entry]) : undefined
      if (failure !== undefined) return failure
    }
    return undefined
  }

  /** As it goes to the drive; whoever writes to the packet from now on makes it dirty anew. */
  #hand(entry: CachedPacket): Sent {
    const { data, dirty, segment, logged } = entry
    entry.writing = data
    entry.base = undefined
    entry.dirty = 0
    entry.segment = undefined
    entry.logged = 0
    return { entry, data, dirty, segment, logged, sequence: this.#sequence }
  }

  get #sequence(): number {
    return this.#parts.journal()?.nextSequence ?? 0
  }

  #takeBack({ entry, dirty, segment, logged }: Sent): void {
    entry.dirty |= dirty
    entry.logged |= logged
    entry.segment = older(segment, entry.segment)
  }

  #written(sent: Sent): void {
    const { cache, counters, onWritten } = this.#parts
    const { entry, data } = sent
    const { packet } = entry
    onWritten(packet, data)
    this.head = packet + 1
    this.unsynchronized.set(packet, laterOf(this.unsynchronized.get(packet), sent))
    counters.packetWritten(packet)
    this.#letGo(sent)
    cache.sort(entry)
  }

  /** The drive is done with the buffer. If the packet was written to meanwhile, it has another one, and nobody needs this any more. */
  #letGo({ entry, data }: Pick<Sent, 'entry' | 'data'>): void {
    entry.writing = undefined
    if (entry.data !== data) this.#parts.cache.recycle(data)
  }

  /** Gives the failure when the packet is still dirty for it; what came to it meanwhile is dirty in any case. */
  async #unwritten(one: Sent, failure: BlockError): Promise<BlockError | undefined> {
    if (isMediumError(failure)) return this.#refuse(one, -1, failure)
    this.#takeBack(one)
    this.#letGo(one)
    return failure
  }

  async #refuse(one: Sent, known: number, failure: BlockError): Promise<BlockError | undefined> {
    const { entry, data, sequence } = one
    const { packet } = entry
    const fate = await this.#parts.refuse({ packet, data, known, sequence }, failure)
    if (fate !== 'given up') this.#takeBack(one)
    this.#letGo(one)
    // Ends with the spare packets: each time it is another one.
    if (fate === 'replaced') return this.waits(entry) ? this.write([entry]) : undefined
    if (fate !== 'given up') return fate
    // What the medium refuses is given up; what was written to the packet since then was refused by nobody.
    this.#parts.cache.keepDirty(entry)
    this.unsynchronized.delete(packet)
    return undefined
  }

  /** Gives up a dirty packet whose missing blocks the medium does not give. Gives why it stays dirty, if it does. */
  abandon(entry: CachedPacket, failure: BlockError): Promise<BlockError | undefined> {
    const one = this.#hand(entry)
    return this.#refuse(one, one.dirty, failure)
  }

  /**
   * Gives up a packet that the drive took and could not put on the medium, and that is dirty again for that; what is `newer` was written
   * to it since. Gives why it stays dirty, if it does.
   */
  condemn(
    entry: CachedPacket,
    { sequence }: Handed,
    newer: number,
    failure: BlockError,
  ): Promise<BlockError | undefined> {
    const one = this.#hand(entry)
    if (newer !== 0) this.#takeBack({ ...one, dirty: newer, logged: one.logged & newer })
    return this.#refuse({ ...one, sequence }, -1, failure)
  }
}
