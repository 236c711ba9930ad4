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
  /** A packet that the medium refuses: its number, and why. */
  onRefused: (packet: number, failure: BlockError) => void
}

/** One packet of those that the drive was handed, and what was known of it then. */
interface Sent extends Pick<CachedPacket, 'data' | 'dirty' | 'segment' | 'logged'> {
  entry: CachedPacket
}

/** The older of two journal files, of which there may be none. */
export function older(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

export class Outgoing {
  readonly #parts: OutgoingParts
  /** Written, and perhaps only in the drive's cache: packet → the oldest journal file with it. */
  readonly unsynchronized = new Map<number, number | undefined>()
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
   * whole. Gives the failure, the first if there were several. Rejects with none.
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
    for (const entry of run) entry.writing = undefined
    if (failure === undefined) {
      for (const one of sent) this.#written(one)
      return undefined
    }
    // Which of them it was, and what became of the others, only each of them alone can tell.
    if (run.length > 1 && isMediumError(failure)) return this.#writeEach(sent)
    let told = failure
    for (const one of sent) told = this.#unwritten(one, failure)
    return told
  }

  async #writeEach(sent: readonly Sent[]): Promise<BlockError | undefined> {
    for (const one of sent) {
      this.#takeBack(one)
      this.#letGo(one)
    }
    let first: BlockError | undefined
    for (const { entry } of sent) {
      const failure = this.waits(entry) ? await this.write([entry]) : undefined
      first ??= failure
      if (failure !== undefined && !isMediumError(failure)) break
    }
    return first
  }

  /** As it goes to the drive; whoever writes to the packet from now on makes it dirty anew. */
  #hand(entry: CachedPacket): Sent {
    const { data, dirty, segment, logged } = entry
    entry.writing = data
    entry.dirty = 0
    entry.segment = undefined
    entry.logged = 0
    return { entry, data, dirty, segment, logged }
  }

  #takeBack({ entry, dirty, segment, logged }: Sent): void {
    entry.dirty |= dirty
    entry.logged |= logged
    entry.segment = older(segment, entry.segment)
  }

  #written({ entry, data, segment }: Sent): void {
    const { cache, counters, onWritten } = this.#parts
    const { packet } = entry
    onWritten(packet, data)
    this.head = packet + 1
    this.unsynchronized.set(packet, older(segment, this.unsynchronized.get(packet)))
    counters.packetWritten(packet)
    cache.sort(entry)
    this.#letGo({ entry, data })
  }

  /** The packet was written to meanwhile, in another buffer: nobody needs this one any more. */
  #letGo({ entry, data }: Pick<Sent, 'entry' | 'data'>): void {
    if (entry.data !== data) this.#parts.cache.recycle(data)
  }

  #unwritten(one: Sent, failure: BlockError): BlockError {
    this.#letGo(one)
    if (isMediumError(failure) && one.entry.dirty !== 0) return this.#keepNewer(one.entry, failure)
    this.#takeBack(one)
    return this.failed(one.entry, failure)
  }

  /** What the medium refuses is given up; what was written to the packet since then was refused by nobody. */
  #keepNewer(entry: CachedPacket, failure: BlockError): BlockError {
    this.#parts.onRefused(entry.packet, failure)
    entry.have = entry.dirty
    return failure
  }

  /** After a failure: gives up what the medium refuses; whatever else failed stays as it is. Gives the failure back. */
  failed(entry: CachedPacket, failure: BlockError): BlockError {
    const { cache, onRefused } = this.#parts
    if (!isMediumError(failure)) return failure
    onRefused(entry.packet, failure)
    entry.dirty = 0
    entry.segment = undefined
    cache.drop(entry)
    return failure
  }
}
