// The journal of one disc while it is served: what was acknowledged and is not on the medium yet, in a few files that are
// appended to and removed, oldest first, once nothing in them is needed any more.
//
// A record is written before its request is acknowledged (so the engine may die) and synchronised before a flush is
// answered or its packet goes to the drive (so the power may go).
import { blockBytes } from './drive.ts'
import { decodeRecords, encodeBase, encodeBlocks, encodeLosses, encodeState } from './journal-record.ts'
import type { GivenUp } from './loss-record.ts'
import type { Loss } from './status.ts'

/** Files numbered from 1 up, in a directory of the disc's own. Every call rejects with the system's error. */
export interface JournalStore {
  /** Appends to the file. Its first bytes are there whole, or there is no file, also after a power cut. */
  append(segment: number, pieces: readonly Buffer[]): Promise<void>
  /** Returns when what was appended to the file, and the file's name, survives a power cut. None there: nothing to do. */
  synchronize(segment: number): Promise<void>
  /** All that was appended to the file. */
  read(segment: number): Promise<Buffer>
  /** Removes files; they stay removed after a power cut. */
  remove(segments: readonly number[]): Promise<void>
}

/** Bytes after which a new file is begun. */
const segmentBytes = 4 * 1024 * 1024

export interface JournalOptions {
  /** Said at the start of every file: whose journal it is, and how the disc looked then. */
  state: () => unknown
  /** Where to go on, after a recovery. */
  firstSegment?: number
  firstSequence?: number
  /** Files that are there already, with their bytes. */
  existing?: readonly { segment: number; bytes: number }[]
  /** Losses that no flush has reported. */
  untold?: readonly Loss[]
  /** What the state says must not be lost, even when the medium has every block. */
  stateMatters?: () => boolean
}

export class Journal {
  readonly #store: JournalStore
  readonly #state: () => unknown
  readonly #stateMatters: () => boolean
  /** Files that are there, ascending, with the bytes in them. */
  readonly #segments: { segment: number; bytes: number }[]
  #current = 0
  #next: number
  #sequence: number
  /** All that was appended so far; each append waits for the one before it. */
  #tail: Promise<void> = Promise.resolve()
  #synchronizing: { covers: number; done: Promise<void> } | undefined
  /** Appends begun, and how many of them the last synchronisation covers. */
  #appends = 0
  #durable = 0
  #broken: Error | undefined
  /** Losses that no flush has reported: every file begins with them. */
  #untold: readonly Loss[]
  /** The current file has nothing but its beginning. */
  #onlyBegun = false
  /** Files that are not needed any more and may still be there. */
  #leaving: number[] = []

  constructor(store: JournalStore, options: JournalOptions) {
    this.#store = store
    this.#state = options.state
    this.#stateMatters = options.stateMatters ?? (() => false)
    this.#next = options.firstSegment ?? 1
    this.#sequence = options.firstSequence ?? 1
    this.#segments = [...(options.existing ?? [])]
    this.#untold = options.untold ?? []
  }

  /** Bytes in all files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The number that the next record gets. */
  get nextSequence(): number {
    return this.#sequence
  }

  /** Why nothing can be kept here any more; undefined while all is well. */
  get broken(): Error | undefined {
    return this.#broken
  }

  /**
   * Keeps blocks from `lba` on. Gives at once the file that they will be in; `done` settles when they are written,
   * in the order of the calls, and rejects when the journal broke. `data` must not change until then.
   */
  append(lba: number, data: readonly Buffer[]): { segment: number; done: Promise<void> } {
    const segment = this.#segmentToWrite()
    this.#onlyBegun = false
    return { segment, done: this.#write(segment, encodeBlocks(this.#sequence++, lba, data)) }
  }

  /**
   * Says what the medium has in the packet from `lba` on, as checksums of its blocks, for replay.ts. To be followed by the packet,
   * and only while nothing that was written to it is on its way to the medium. A failure comes with the next append.
   */
  appendBase(lba: number, sums: readonly number[]): void {
    const segment = this.#segmentToWrite()
    this.#onlyBegun = false
    void this.#write(segment, encodeBase(this.#sequence++, lba, sums)).catch(() => undefined)
  }

  /** Says anew how the disc looks. */
  appendState(): Promise<void> {
    if (this.#segments.length === 0 && !this.#stateMatters()) return Promise.resolve()
    return this.#write(this.#segmentToWrite(), encodeState(this.#sequence++, this.#state()))
  }

  /**
   * Remembers the losses that no flush has reported, as long as there are any. What is `lost` now is not given to who reads the journal
   * later.
   */
  recordLosses(untold: readonly Loss[], lost?: GivenUp): Promise<void> {
    this.#untold = untold
    if (this.#segments.length === 0 && untold.length === 0) return Promise.resolve()
    const segment = this.#segmentToWrite()
    const record = { untold, ...(lost === undefined ? {} : { lost }) }
    return this.#write(segment, encodeLosses(this.#sequence++, record))
  }

  /**
   * The newest version of each block that is `wanted`, from file `first` on. Nothing may be released meanwhile. Rejects with the
   * system's error.
   */
  async recall(first: number, wanted: (lba: number) => boolean): Promise<Map<number, Buffer>> {
    await this.#tail
    const blocks = new Map<number, Buffer>()
    for (const { segment } of [...this.#segments]) {
      if (segment < first) continue
      for (const record of decodeRecords(await this.#store.read(segment)).records) {
        if (record.kind !== 'blocks') continue
        for (let at = 0; at < record.data.length; at += blockBytes) {
          const lba = record.lba + at / blockBytes
          // A copy: the file's bytes need not stay for a block of it.
          if (wanted(lba)) blocks.set(lba, Buffer.from(record.data.subarray(at, at + blockBytes)))
        }
      }
    }
    return blocks
  }

  /** Returns when all that was appended before survives a power cut. Calls at the same time share one synchronisation. */
  async synchronize(): Promise<void> {
    const wanted = this.#appends
    while (this.#durable < wanted) {
      if (this.#broken !== undefined) throw this.#broken
      this.#synchronizing ??= this.#synchronizeNow()
      await this.#synchronizing.done
    }
    if (this.#broken !== undefined) throw this.#broken
  }

  /**
   * Nothing in files before `segment` is needed any more; in none at all when it is undefined. Decided at the call, so
   * that what is appended from now on is in files that stay. Losses that are to be reported, and a state that matters, stay in a file of
   * their own.
   */
  release(segment: number | undefined): Promise<void> {
    if (segment === undefined && (this.#untold.length > 0 || this.#stateMatters()))
      return this.release(this.#beginAnew())
    const removed = this.#segments
      .map((s) => s.segment)
      .filter((s) => segment === undefined || (s < segment && s !== this.#current))
    if (removed.length === 0) return Promise.resolve()
    if (removed.includes(this.#current)) this.#current = 0
    this.#segments.splice(0, removed.length)
    this.#leaving.push(...removed)
    const done = this.#tail.then(() => this.#guard(() => this.#store.remove(removed)))
    this.#tail = done.then(
      () => {
        this.#leaving = this.#leaving.filter((s) => !removed.includes(s))
      },
      () => undefined,
    )
    return done
  }

  /**
   * For one that broke: removes every file of it. The medium goes on without it, and who finds it later would put old
   * blocks over new ones. Rejects with the system's error; may be called again then.
   */
  async discard(): Promise<void> {
    this.#broken ??= new Error('the journal was given up')
    await this.#tail
    await this.#store.remove([...this.#leaving, ...this.#segments.map((s) => s.segment)])
    this.#leaving = []
    this.#segments.length = 0
    this.#current = 0
  }

  /** A file that has only the state and the losses, durable before any other goes. */
  #beginAnew(): number {
    if (this.#current !== 0 && this.#onlyBegun) return this.#current
    this.#current = 0
    const segment = this.#segmentToWrite()
    this.#tail = this.#tail
      .then(() => this.#guard(() => this.#store.synchronize(segment)))
      .catch(() => undefined)
    return segment
  }

  #segmentToWrite(): number {
    const last = this.#segments.at(-1)
    if (this.#current !== 0 && last !== undefined && last.bytes < segmentBytes) return this.#current
    const before = this.#current
    const segment = this.#next++
    this.#current = segment
    this.#segments.push({ segment, bytes: 0 })
    // Only the last file may end anywhere: a gap before it would be damage.
    if (before !== 0) {
      this.#tail = this.#tail
        .then(() => this.#guard(() => this.#store.synchronize(before)))
        .catch(() => undefined)
    }
    this.#onlyBegun = true
    void this.#write(segment, encodeState(this.#sequence++, this.#state())).catch(() => undefined)
    if (this.#untold.length > 0) {
      const losses = encodeLosses(this.#sequence++, { untold: this.#untold })
      void this.#write(segment, losses).catch(() => undefined)
    }
    return segment
  }

  #write(segment: number, pieces: readonly Buffer[]): Promise<void> {
    const entry = this.#segments.find((s) => s.segment === segment)
    if (entry !== undefined) entry.bytes += pieces.reduce((sum, piece) => sum + piece.length, 0)
    this.#appends++
    const done = this.#tail.then(() => this.#guard(() => this.#store.append(segment, pieces)))
    this.#tail = done.catch(() => undefined)
    return done
  }

  #synchronizeNow(): { covers: number; done: Promise<void> } {
    const covers = this.#appends
    const segment = this.#current
    const done = this.#tail
      .then(() => (segment === 0 ? undefined : this.#guard(() => this.#store.synchronize(segment))))
      .then(() => {
        this.#durable = Math.max(this.#durable, covers)
      })
      .finally(() => {
        this.#synchronizing = undefined
      })
    return { covers, done }
  }

  /** After the first failure nothing is kept any more: a journal with a hole is worse than none. */
  async #guard(job: () => Promise<void>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    try {
      await job()
    } catch (error) {
      this.#broken = error instanceof Error ? error : new Error(String(error))
      throw this.#broken
    }
  }
}
