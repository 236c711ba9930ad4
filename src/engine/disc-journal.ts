// The journal of the disc that is served: found or begun, told what happens on the disc, and left for who comes next.
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import { blockBytes } from '../packet/drive.ts'
import { asBlockError, isMediumError } from '../packet/error.ts'
import { Journal } from '../packet/journal.ts'
import type { JournalContents } from '../packet/recovery.ts'
import { foreignPackets, withoutPackets } from '../packet/replay.ts'
import {
  anchorBlock,
  checksumsOf,
  isKnownAgain,
  isStill,
  type TryRead,
  takeWitnesses,
  type Witnesses,
} from '../packet/witness.ts'
import { type FoundJournal, findJournal, type JournalPlace } from './find-journal.ts'
import { StartError } from './identify.ts'
import { isMissing, JournalFiles, makeDirectory } from './journal-files.ts'
import { type JournalState, type Spared, stateOf } from './journal-state.ts'
import { KeptPackets } from './kept-packets.ts'

export class DiscJournal {
  readonly journal: Journal
  readonly origin: 'new' | FoundJournal['origin']
  /** Losses that no flush had reported when it was found. */
  readonly untold: JournalContents['untold']
  #found: FoundJournal | undefined
  readonly #files: JournalFiles
  readonly #place: JournalPlace
  readonly #generation: number
  #witnesses: Witnesses
  #spared: readonly Spared[]
  /** Packets that are no witnesses. */
  readonly #ignored = new Set<number>()
  /** The disc can be told from others by them, and could at some time since the journal was begun. */
  #knownAgain = false
  /** They are of the disc as this engine found it, not as another left it. */
  #looked = false
  #wasKnown: boolean
  /** Whoever takes it up has to look whether the disc is still as it was. */
  #left = false
  /** Of packets that were handed to the drive and may be in its cache only. */
  readonly #handed = new Map<number, number[]>()
  /** Every version of them, also those that the drive refused: the medium may have any. */
  readonly #sent = new Map<number, number[][]>()

  /**
   * Finds the journal of the disc, or begins one. Rejects with the system's error when none can be kept and none was, with
   * StartError when there may be one and it cannot be used, with BlockError when the drive does not say whose disc it is.
   */
  static async open(place: JournalPlace): Promise<DiscJournal> {
    const { disk, dir } = place
    // Where nothing can be made any more there may still be a journal.
    const failure = await makeDirectory(disk, dir).then(
      () => undefined,
      (error: unknown) => error,
    )
    await disk.readdir(dir).catch((error: unknown) => {
      if (isMissing(error)) throw failure ?? error
    })
    const { found, generation } = await findJournal(place)
    // A journal that is begun in a directory whose own name may be lost would be lost with it.
    if (failure !== undefined && found === undefined) await makeDirectory(disk, dir)
    return new DiscJournal(place, generation + 1, found)
  }

  private constructor(place: JournalPlace, generation: number, found: FoundJournal | undefined) {
    this.#place = place
    this.#generation = generation
    this.#files = found?.files ?? new JournalFiles(place.disk, path.join(place.dir, randomUUID()))
    this.origin = found?.origin ?? 'new'
    this.#found = found
    this.untold = found?.contents.untold ?? []
    this.#witnesses = found?.state.witnesses ?? { packets: {}, identity: [] }
    this.#spared = found?.state.spared ?? []
    this.#wasKnown = found !== undefined && (found.state.format === 1 || found.state.known === true)
    this.#judgeWitnesses()
    this.journal = new Journal(this.#files, {
      state: () => this.#state(),
      stateMatters: () => this.#spared.length > 0,
      ...(found === undefined
        ? {}
        : {
            firstSegment: found.contents.nextSegment,
            firstSequence: found.contents.nextSequence,
            existing: found.contents.existing,
            untold: found.contents.untold,
          }),
    })
  }

  /**
   * What it had when it was found; once, since it is as long as the journal was, and only the engine has to know. Packets that somebody
   * else has written meanwhile are left out, kept aside, and named in the log. Rejects with StartError when they cannot be kept, with
   * BlockError when the drive fails.
   */
  async takeRestored(read: TryRead): Promise<JournalContents['blocks']> {
    const found = this.#found
    this.#found = undefined
    if (found === undefined) return []
    const { contents, state, origin } = found
    if (origin === 'resumed' && this.#place.attached === true) return contents.blocks
    const { packetBlocks, spared = [] } = state
    const bases = new Map(contents.bases)
    // What a spare packet had before it stood in for one says nothing.
    for (const { packet } of spared) bases.delete(packet * packetBlocks)
    const foreign = await foreignPackets({ ...contents, bases }, read)
    const { rest, taken } = withoutPackets(contents.blocks, foreign, packetBlocks)
    if (taken.length > 0) await this.#keepForeign(state, foreign.size, taken)
    return rest
  }

  async #keepForeign(state: JournalState, packets: number, blocks: JournalContents['blocks']): Promise<void> {
    const { disk, dir, drive, log } = this.#place
    const why = 'the disc has other data in their place than when they were logged'
    const aside = new KeptPackets({ disk, dir, state: () => state })
    const kept = await aside.keep(blocks, true).catch((error: Error) => {
      throw new StartError(
        diagnose('engine.journal-stays', { device: drive, dir, why, error: error.message }),
      )
    })
    await aside.close()
    log.error(
      `${drive}: ${packets} packets of the journal are not written but kept in ${kept}: ${why}. ` +
        'Compare what is on the disc with your own copy; then the directory may be removed',
    )
  }

  /** Blocks that say which volume it is. */
  get identity(): readonly number[] {
    return this.#witnesses.identity
  }

  /** Packets that another one stands in for. */
  get spared(): readonly Spared[] {
    return this.#spared
  }

  /** Returns when a power cut does not take them away. Rejects with the system's error when the journal cannot be kept. */
  async rememberSpared(spared: readonly Spared[]): Promise<void> {
    const before = this.#spared
    this.#spared = spared
    for (const { packet, spare, defective } of spared)
      this.#ignore([packet, ...(spare === undefined ? [] : [spare]), ...defective])
    try {
      await this.journal.appendState()
      await this.journal.synchronize()
    } catch (error) {
      this.#spared = before
      throw error
    }
  }

  /**
   * What is at these packets is written under another number, so it tells nobody which disc it is. To be called before that is the case.
   */
  async writtenElsewhere(packets: Iterable<number>): Promise<void> {
    this.#ignore(packets)
    await this.journal.appendState().catch(() => undefined)
  }

  #ignore(packets: Iterable<number>): void {
    for (const packet of packets) this.#ignored.add(packet)
    for (const packet of this.#ignored) delete this.#witnesses.packets[packet]
  }

  /** After a power cut it would be known which disc the journal is for. Until then a flush must not rely on it. */
  get findsDisc(): boolean {
    return this.#knownAgain
  }

  #judgeWitnesses(): void {
    this.#knownAgain = isKnownAgain(this.#witnesses, this.#place.disc.packetBlocks)
    this.#wasKnown ||= this.#knownAgain
  }

  /** Remembers the disc as it is; to be called before anything is written, with a reader that may use the cache. */
  async remember(read: TryRead): Promise<void> {
    this.#witnesses = await takeWitnesses(this.#place.disc, read)
    this.#ignore([])
    this.#looked = true
    this.#judgeWitnesses()
  }

  /** For PacketEngineOptions.onWritten. */
  written(packet: number, data: Buffer): void {
    if (packet in this.#witnesses.packets) this.#handed.set(packet, checksumsOf(data))
  }

  /** For MmcDriveOptions.onSent. */
  sent(packet: number, data: Buffer): void {
    if (!(packet in this.#witnesses.packets)) return
    this.#sent.set(packet, [...(this.#sent.get(packet) ?? []), checksumsOf(data)])
  }

  /** Whether the disc in the drive is the one that is served, by what is known of it; `read` reads the disc itself. */
  async isStill(read: TryRead): Promise<'same' | 'other' | 'unknown'> {
    if (!this.#looked) return 'unknown'
    return await isStill(this.#witnesses, this.#sent, this.#place.disc.packetBlocks, read)
  }

  /** A packet is given up: what the disc has there tells nobody anything. To be called before the journal has the loss. */
  givenUp(packet: number): void {
    this.#handed.delete(packet)
    if (!(packet in this.#witnesses.packets)) return
    delete this.#witnesses.packets[packet]
    void this.journal.appendState().catch(() => undefined)
  }

  /** Which disc it is, for copies beside the journal. */
  get state(): unknown {
    return this.#state()
  }

  /** For PacketEngineOptions.onSynchronized; `read` reads the disc itself. */
  async synchronized(packets: readonly number[], read: TryRead): Promise<void> {
    // Others may have been lost with the drive's cache: what the disc has of them is what it had.
    const here = new Map<number, number[]>()
    for (const packet of packets) {
      const sums = this.#handed.get(packet)
      if (sums !== undefined) here.set(packet, sums)
    }
    if (here.size === 0) return
    const anew = this.#isOtherVolume(here)
    for (const [packet, sums] of here) {
      this.#witnesses.packets[packet] = sums
      this.#sent.delete(packet)
      this.#handed.delete(packet)
    }
    if (anew) await this.remember(read)
    this.#judgeWitnesses()
    await this.journal.appendState().catch(() => undefined)
    await this.journal.synchronize().catch(() => undefined)
  }

  /**
   * Another anchor, other descriptors or one more: what the volume is known by may be elsewhere. The rest of their packets
   * is the file system's, and changes all the time.
   */
  #isOtherVolume(here: ReadonlyMap<number, readonly number[]>): boolean {
    const { packetBlocks } = this.#place.disc
    const { identity, packets } = this.#witnesses
    // An anchor, and not yet what it points to.
    if (identity.length === 1) return true
    const descriptors = identity.filter((lba) => lba !== anchorBlock)
    return [anchorBlock, ...descriptors, ...descriptors.map((lba) => lba + 1)].some((lba) => {
      const packet = Math.floor(lba / packetBlocks)
      const sums = here.get(packet)
      return sums !== undefined && sums[lba % packetBlocks] !== packets[packet]?.[lba % packetBlocks]
    })
  }

  /** Ends it. `empty`: all is on the medium, and nothing of it is kept. */
  async close(empty: boolean): Promise<void> {
    if (empty) {
      await this.journal.release(undefined).catch(() => undefined)
    } else {
      // An orderly end: from now on the kernel may have the disc, also without its leaving the drive.
      this.#left = true
      await this.journal.appendState().catch(() => undefined)
      await this.journal.synchronize().catch(() => undefined)
    }
    await this.#files.close(empty)
  }

  #state(): JournalState {
    return stateOf(this.#place, {
      generation: this.#generation,
      known: this.#wasKnown,
      left: this.#left,
      witnesses: this.#witnesses,
      spared: this.#spared,
    })
  }
}

/**
 * A reader that gives undefined for what the medium has not got (sense key 3). Rejects with BlockError when it was the drive
 * that failed: what is on the disc is not known then, and a journal must not be taken for another disc's.
 */
export const trying =
  (read: (lba: number, blocks: number) => Promise<readonly Buffer[]>): TryRead =>
  (lba, blocks) =>
    read(lba, blocks).then(
      (pieces) => Buffer.concat(pieces, blocks * blockBytes),
      (error: unknown) => {
        const failure = asBlockError(error)
        if (isMediumError(failure)) return undefined
        throw failure
      },
    )
