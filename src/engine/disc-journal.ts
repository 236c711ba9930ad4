// Which journal belongs to the disc in the drive: a new one, the one that a dead engine left a moment ago, or the one that a
// power cut or a pulled plug left, perhaps weeks ago. docs/engine.md says what is done with each.
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { array, type infer as Infer, int, literal, object, record, string } from 'zod/mini'
import { $ZodError } from 'zod/v4/core'
import { blockBytes } from '../packet/drive.ts'
import { asBlockError, isMediumError } from '../packet/error.ts'
import { Journal } from '../packet/journal.ts'
import { DamagedJournal, type JournalContents, readJournal, versionsOf } from '../packet/recovery.ts'
import {
  anchorBlock,
  checksumsOf,
  compareDisc,
  type TryRead,
  takeWitnesses,
  type Witnesses,
} from '../packet/witness.ts'
import type { Log } from '../system/journal.ts'
import { codeOf, type JournalDisk } from './journal-disk.ts'
import { JournalFiles, makeDirectory } from './journal-files.ts'

/** What a journal says of itself. */
const stateSchema = object({
  format: literal(1),
  /**
   * Boot and medium sequence number: while both are the same the disc has not left the drive, and the engine died. Boot is
   * empty after an orderly end.
   */
  boot: string(),
  drive: string(),
  diskseq: string(),
  medium: string(),
  blocks: int(),
  packetBlocks: int(),
  witnesses: object({
    packets: record(string(), array(int())),
    identity: array(int()),
  }),
})
type State = Infer<typeof stateSchema>

export interface JournalPlace {
  disk: JournalDisk
  /** Directory with one directory a journal; made when it is not there. */
  dir: string
  /** The machine's boot id: what it is since it was switched on. */
  boot: string
  drive: string
  diskseq: string
  /** DISKSEQ of what is in another drive now; undefined when there is no such drive. */
  diskseqOf?: (drive: string) => string | undefined
  disc: { medium: string; blocks: number; packetBlocks: number }
  /** Reads from the disc itself. */
  read: TryRead
  log: Log
}

type Restored = JournalContents['blocks']

/**
 * `resumed`: the engine died, the disc is still there. `recovered`: the disc has come back, and nobody else wrote it.
 */
export type Origin = 'new' | 'resumed' | 'recovered'

export class DiscJournal {
  readonly journal: Journal
  readonly origin: Origin
  #restored: Restored
  readonly #files: JournalFiles
  readonly #place: JournalPlace
  #witnesses: Witnesses
  /** Whoever takes it up has to look whether the disc is still as it was. */
  #left = false
  /** Of packets that were handed to the drive and may be in its cache only. */
  readonly #handed = new Map<number, number[]>()

  /**
   * Finds the journal of the disc, or begins one. Rejects with the system's error when none can be kept, with BlockError
   * when the drive does not say whose disc it is.
   */
  static async open(place: JournalPlace): Promise<DiscJournal> {
    await makeDirectory(place.disk, place.dir)
    for (const name of (await place.disk.readdir(place.dir)).sort()) {
      if (name.startsWith('kept-')) continue
      const found = await DiscJournal.#tryOpen(place, name)
      if (found !== undefined) return found
    }
    return new DiscJournal(place, new JournalFiles(place.disk, path.join(place.dir, randomUUID())), 'new')
  }

  static async #tryOpen(place: JournalPlace, name: string): Promise<DiscJournal | undefined> {
    const files = new JournalFiles(place.disk, path.join(place.dir, name))
    let contents: JournalContents
    let state: State
    try {
      contents = readJournal(await files.readAll())
      if (contents.state === undefined) {
        // Perhaps of an engine that has nothing to keep just now, and goes on in it: never with a file in it.
        await place.disk.rmdir(path.join(place.dir, name)).catch(() => undefined)
        return undefined
      }
      state = stateSchema.parse(contents.state)
    } catch (error) {
      // No journal, or one that another engine is removing files of.
      if (isMissing(error)) return undefined
      const why = error instanceof DamagedJournal || error instanceof $ZodError ? 'cannot be read' : undefined
      if (why === undefined) throw error
      await keepAside(place, name, `it cannot be read (${(error as Error).message.split('\n')[0]})`)
      return undefined
    }
    if (isElsewhere(state, place)) return undefined
    if (contents.blocks.length === 0) {
      await files.close(true)
      return undefined
    }
    const { medium, blocks, packetBlocks } = place.disc
    if (state.medium !== medium || state.blocks !== blocks || state.packetBlocks !== packetBlocks)
      return undefined
    const here = state.boot === place.boot && state.drive === place.drive && state.diskseq === place.diskseq
    if (here) return new DiscJournal(place, files, 'resumed', contents, state.witnesses)
    const likeness = await compareDisc(state.witnesses, packetBlocks, versionsOf(contents), place.read)
    if (likeness === 'same') return new DiscJournal(place, files, 'recovered', contents, state.witnesses)
    if (likeness === 'changed') {
      await keepAside(place, name, 'the disc was written elsewhere since, so what is in it is out of date')
    }
    return undefined
  }

  private constructor(
    place: JournalPlace,
    files: JournalFiles,
    origin: Origin,
    contents?: JournalContents,
    witnesses: Witnesses = { packets: {}, identity: [] },
  ) {
    this.#place = place
    this.#files = files
    this.origin = origin
    this.#restored = contents?.blocks ?? []
    this.#witnesses = witnesses
    this.journal = new Journal(files, {
      state: () => this.#state(),
      ...(contents === undefined
        ? {}
        : {
            firstSegment: contents.nextSegment,
            firstSequence: contents.nextSequence,
            existing: contents.existing,
          }),
    })
  }

  /** What it had when it was found; once, since it is as long as the journal was, and only the engine has to know. */
  takeRestored(): Restored {
    const restored = this.#restored
    this.#restored = []
    return restored
  }

  /** Blocks that say which volume it is. */
  get identity(): readonly number[] {
    return this.#witnesses.identity
  }

  /** Remembers the disc as it is; to be called before anything is written, with a reader that may use the cache. */
  async remember(read: TryRead): Promise<void> {
    this.#witnesses = await takeWitnesses(this.#place.disc, read)
  }

  /** For PacketEngineOptions.onWritten. */
  written(packet: number, data: Buffer): void {
    if (packet in this.#witnesses.packets) this.#handed.set(packet, checksumsOf(data))
  }

  /** For PacketEngineOptions.onSynchronized; `read` reads the disc itself. */
  async synchronized(read: TryRead): Promise<void> {
    if (this.#handed.size === 0) return
    const anew = this.#isOtherVolume()
    for (const [packet, sums] of this.#handed) this.#witnesses.packets[packet] = sums
    this.#handed.clear()
    if (anew) await this.remember(read)
    await this.journal.appendState().catch(() => undefined)
    await this.journal.synchronize().catch(() => undefined)
  }

  /**
   * Another anchor, other descriptors or one more: what the volume is known by may be elsewhere. The rest of their packets
   * is the file system's, and changes all the time.
   */
  #isOtherVolume(): boolean {
    const { packetBlocks } = this.#place.disc
    const { identity, packets } = this.#witnesses
    // An anchor, and not yet what it points to.
    if (identity.length === 1) return true
    const descriptors = identity.filter((lba) => lba !== anchorBlock)
    return [anchorBlock, ...descriptors, ...descriptors.map((lba) => lba + 1)].some((lba) => {
      const packet = Math.floor(lba / packetBlocks)
      const sums = this.#handed.get(packet)
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

  #state(): State {
    const { drive, diskseq, disc } = this.#place
    const { medium, blocks, packetBlocks } = disc
    const boot = this.#left ? '' : this.#place.boot
    return { format: 1, boot, drive, diskseq, medium, blocks, packetBlocks, witnesses: this.#witnesses }
  }
}

/**
 * The journal's disc is in another drive, and an engine may be writing to both: it has not left that drive since, so it is
 * not the one in ours, however alike they are.
 */
const isElsewhere = (state: State, { boot, drive, diskseqOf }: JournalPlace): boolean =>
  state.boot === boot && state.drive !== drive && diskseqOf?.(state.drive) === state.diskseq

const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

/** Nothing that somebody wrote is thrown away because we do not know what to do with it. */
async function keepAside({ disk, dir, log, drive }: JournalPlace, name: string, why: string): Promise<void> {
  const kept = path.join(dir, `kept-${name}`)
  await disk.rename(path.join(dir, name), kept)
  log.error(
    `${drive}: a journal of writes that did not reach their disc is kept in ${kept} and not used: ${why}. ` +
      'Compare what is on the disc with your own copy; then the directory may be removed',
  )
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
