// The disc as it is served: the drive behind it, the journal beside it, the engine in front.
import type { Export } from '../nbd/export.ts'
import { blockBytes } from '../packet/drive.ts'
import { PacketEngine } from '../packet/engine.ts'
import { BlockError } from '../packet/error.ts'
import type { KeptBlocks } from '../packet/giving-up.ts'
import type { GuardedTransport } from '../packet/guard.ts'
import { MmcDrive, type MmcDriveOptions } from '../packet/mmc-drive.ts'
import { SparedDrive } from '../packet/spared-drive.ts'
import type { Loss } from '../packet/status.ts'
import { type TryRead, volumeName } from '../packet/witness.ts'
import type { Durability, WriteSettings } from '../settings/settings.ts'
import type { Log } from '../system/journal.ts'
import { DiscHistory } from './disc-history.ts'
import { DiscJournal, trying } from './disc-journal.ts'
import { type ReadyDisc, StartError } from './identify.ts'
import type { JournalDisk } from './journal-disk.ts'
import { KeptPackets } from './kept-packets.ts'
import { sparingFor } from './served-sparing.ts'
import { sparedExport } from './spared-export.ts'
import type { Sparing } from './sparing.ts'
import { keepWritingBack } from './write-back-timer.ts'

export interface ServedDiscParts extends Pick<MmcDriveOptions, 'clock' | 'prepareAgain' | 'onProtected'> {
  drive: string
  transport: GuardedTransport
  diskseq: string
  diskseqOf?: (drive: string) => string | undefined
  /** The packet device has stayed attached since the last engine served the disc. */
  attached?: boolean
  disc: ReadyDisc
  write: WriteSettings
  /** The file system that journals are on. */
  disk: JournalDisk
  /** Where journals are kept; undefined: none. */
  journalDir: string | undefined
  /** Where they were kept under other settings: what one has for this disc is written to it first, and not kept there again. */
  formerJournalDir: string | undefined
  /** Where what is known of discs is kept; undefined: nowhere. */
  recordDir: string | undefined
  boot: string
  log: Log
  onFailure: (what: string, failure: BlockError) => void
}

const mebibyte = 1024 * 1024

export class ServedDisc {
  readonly engine: PacketEngine
  /** What the kernel's NBD client gets. */
  readonly export: Export
  readonly #flush: Durability
  readonly history: DiscHistory
  readonly #parts: ServedDiscParts
  readonly #sparing: Sparing
  readonly #journal: DiscJournal | undefined
  readonly #kept: KeptPackets | undefined
  #isRecovering = false
  /** Of a journal in the place where it was under other settings. */
  #formerLosses: readonly Loss[] = []
  #ended = false
  #journalLost: string | undefined

  /**
   * Takes the disc up. What a journal had for it is on the medium, or in memory again after a crash, when this resolves.
   * Rejects with BlockError when the drive does not let that happen; the journal stays as it is.
   */
  static async open(parts: ServedDiscParts): Promise<ServedDisc> {
    const { drive: name, transport, disc, write, log } = parts
    const beside: { journal?: DiscJournal | undefined } = {}
    const onSent = (packet: number, data: Buffer) => beside.journal?.sent(packet, data)
    const mmc = new MmcDrive(transport, { ...parts, ...disc, retries: write.retries, onSent })
    const drive = new SparedDrive(mmc)
    const read = trying((lba, blocks) => drive.read(lba, blocks))
    let journalLost: string | undefined
    const journal =
      parts.journalDir === undefined
        ? undefined
        : await DiscJournal.open({ ...parts, dir: parts.journalDir, read }).catch((error: Error) => {
            // There may be one with writes for this very disc, which the next start finds.
            if (error instanceof BlockError || error instanceof StartError) throw error
            journalLost = error.message
            log.error(
              `${name}: no journal can be kept in ${parts.journalDir} (${error.message}): ` +
                'every flush waits for the disc, and a power cut may cost more than what was being written',
            )
            return undefined
          })
    beside.journal = journal
    const former = parts.formerJournalDir
    const lost =
      former === undefined ? [] : await ServedDisc.#emptyFormer({ ...parts, journalDir: former }, drive, read)
    const served = new ServedDisc(parts, drive, journal)
    served.#formerLosses = lost
    served.#journalLost = journalLost
    try {
      await served.#takeUp()
      await served.#sparing.followNewest(parts.attached === true)
      if (drive.spares.size > 0) await journal?.writtenElsewhere([...drive.spares].flat())
    } catch (error) {
      // What could not be written yet stays in the journal.
      await served.close(false)
      throw error
    }
    return served
  }

  /** Gives what was lost. Rejects with BlockError when the drive does not take it; it stays where it is then. */
  static async #emptyFormer(
    parts: ServedDiscParts,
    drive: SparedDrive,
    read: TryRead,
  ): Promise<readonly Loss[]> {
    const { drive: name, journalDir: dir = '', log } = parts
    const journal = await DiscJournal.open({ ...parts, dir, read }).catch((error: Error) => {
      if (error instanceof BlockError || error instanceof StartError) throw error
      // Nothing can be made there, and nothing is there.
      log.warning(`${name}: ${dir} is no place for a journal: ${error.message}`)
      return undefined
    })
    if (journal === undefined || journal.origin === 'new') return []
    const served = new ServedDisc(parts, drive, journal)
    let written = false
    try {
      served.engine.restore(await journal.takeRestored(read), journal.untold)
      const count = await served.#recover()
      // A kernel that has it mounted goes by the table as it was.
      if (parts.attached === true) await served.#sparing.enterNow(() => served.engine.flushToMedium())
      written = true
      log.warning(
        `${name}: ${count} packets kept in ${dir}, from before the setting write.journal changed, are written now`,
      )
      return served.engine.losses
    } finally {
      await served.close(written)
    }
  }

  private constructor(parts: ServedDiscParts, drive: SparedDrive, journal: DiscJournal | undefined) {
    const { write, clock, log, disc, journalDir } = parts
    this.#parts = parts
    this.#journal = journal
    this.#kept =
      journal === undefined || journalDir === undefined
        ? undefined
        : new KeptPackets({ disk: parts.disk, dir: journalDir, state: () => journal.state })
    this.#flush = journal !== undefined && write.journal ? write.flush[disc.medium] : 'medium'
    this.history = new DiscHistory({
      drive: parts.drive,
      log,
      losses: () => [...this.#formerLosses, ...this.engine.losses],
    })
    this.engine = new PacketEngine(drive, {
      now: () => clock.now(),
      flush: this.#flush,
      dirtyBytes: write.memory * mebibyte,
      journalBytes: 2 * write.memory * mebibyte,
      onFailure: parts.onFailure,
      onBadBlocks: (lba, blocks) => this.history.blocksBad(lba, blocks),
      onJournalLost: (error) => {
        this.#journalLost = error.message
        log.error(
          `${parts.drive}: the journal is lost (${error.message}): every flush waits for the disc now`,
        )
      },
      replace: (packet) => this.#sparing.replace(packet),
      onJournalDiscard: (writeBack) => this.#sparing.enterNow(writeBack),
      onWritten: (packet, data) => {
        journal?.written(packet, data)
        this.history.packetWritten(packet)
      },
      ...(journal === undefined
        ? {}
        : {
            journal: journal.journal,
            onGivenUp: (blocks, failure) => this.#giveUp(journal, blocks, failure),
            journalFindsDisc: () => journal.findsDisc,
            onSynchronized: (packets, read) =>
              journal.synchronized(
                packets,
                trying(async (lba, blocks) => [await read(lba, blocks)]),
              ),
          }),
    })
    this.#sparing = sparingFor({
      ...{ drive, engine: this.engine, journal },
      // A journal in memory goes with the power, and nobody would know where the packets are.
      remembers: write.journal,
      say: (text) => log.warning(`${parts.drive}: ${text}`),
    })
    this.export = sparedExport(this.engine, this.#sparing)
  }

  /** Everything that the journal had is on the medium, or given up with a copy. Gives how many packets are on the medium. Rejects with BlockError; the journal stays as it is then. */
  async #recover(): Promise<number> {
    const { dirty } = this.engine.stats()
    const before = this.engine.losses.length
    this.#isRecovering = true
    await this.engine.recover()
    this.#isRecovering = false
    return dirty - (this.engine.losses.length - before)
  }

  /** A recovery gives up nothing without a copy: fsync was answered for it, and the journal is all that has it. */
  async #giveUp(
    journal: DiscJournal,
    blocks: readonly KeptBlocks[],
    failure: BlockError,
  ): Promise<string | undefined> {
    const { drive, log, disc } = this.#parts
    const [first, last] = [blocks[0], blocks.at(-1)]
    if (first === undefined || last === undefined) return undefined
    const end = last.lba + last.data.length / blockBytes
    const what = `${drive}: the disc does not take blocks ${first.lba}..${end - 1} (${failure.message})`
    const kept = await this.#kept?.keep(blocks, this.#isRecovering).catch((error: Error) => {
      if (this.#isRecovering) throw error
      log.error(`${what}; they are lost, and no copy can be kept: ${error.message}`)
      return undefined
    })
    journal.givenUp(Math.floor(first.lba / disc.packetBlocks))
    if (kept !== undefined) log.error(`${what}; a copy of them is kept in ${kept}`)
    return kept
  }

  /** What a flush waits for now. */
  get flush(): Durability {
    return this.#journal?.findsDisc === true ? this.#flush : 'medium'
  }

  /** Changes when there is something to tell at once; costs nothing. */
  get urgent(): string {
    const { isClean, losses } = this.engine
    return `${isClean} ${losses.length} ${losses.at(-1)?.at} ${this.#journalLost}`
  }

  /** Why no journal can be kept, or no longer; undefined where one is kept, or none is wanted. */
  get journalLost(): string | undefined {
    return this.#journalLost
  }

  get journalBytes(): number {
    return this.#journal?.journal.bytes ?? 0
  }

  /** Says in time to put everything on the disc, until `close`. */
  keepWritingBack(): void {
    const { clock, write } = this.#parts
    void keepWritingBack({
      clock,
      afterMs: write.after * 1000,
      restless: () => this.engine.restlessFor(clock.now()),
      writeBack: async () => {
        await this.engine.settle()
        await this.history.save()
      },
      ended: () => this.#ended,
    })
  }

  /** Whether the disc in the drive is the one that was taken up; `read` reads the disc itself. */
  async isStill(read: TryRead): Promise<'same' | 'other' | 'unknown'> {
    return (await this.#journal?.isStill(read)) ?? 'unknown'
  }

  /** `clean`: everything is on the medium; otherwise the journal keeps what is not, for when the disc is back. */
  async close(clean: boolean): Promise<void> {
    this.#ended = true
    const empty = clean && (await this.#sparing.tryToEnter())
    await this.history.save()
    await this.#kept?.close()
    await this.#journal?.close(empty).catch((error: Error) => {
      this.#parts.log.warning(`${this.#parts.drive}: the journal's directory stays: ${error.message}`)
    })
  }

  async #takeUp(): Promise<void> {
    const journal = this.#journal
    const { medium, blocks, packetBlocks } = this.#parts.disc
    if (journal === undefined)
      return this.history.open(undefined, undefined, { medium, blocks, packetBlocks })
    const { drive, log } = this.#parts
    const read = trying((lba, blocks) => this.engine.read(lba * blockBytes, blocks * blockBytes))
    this.engine.restore(await journal.takeRestored(read), journal.untold)
    const { dirty } = this.engine.stats()
    if (journal.origin === 'resumed') {
      log.warning(`${drive}: the engine had ended; ${dirty} packets are taken over from it`)
    } else {
      if (journal.origin === 'recovered') {
        const count = await this.#recover()
        log.warning(
          `${drive}: ${count} packets that had not reached this disc the last time it was in are written now`,
        )
      }
      await this.#sparing.tryToEnter()
      await journal.remember(read)
    }
    const name = await volumeName(journal.identity, read)
    await this.history.open(this.#parts.recordDir, name, { medium, blocks, packetBlocks })
  }
}
