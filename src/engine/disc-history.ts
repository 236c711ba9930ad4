// What happened to the disc that is served, now and before: packets written, bad blocks, losses. On record once the disc is known by name.
import type { DiscWear, Loss } from '../packet/status.ts'
import type { Log } from '../system/journal.ts'
import { DiscRecord, type RecordedDisc } from './disc-record.ts'
import { mergeLosses } from './known-losses.ts'

export interface DiscHistoryParts {
  drive: string
  log: Log
  /** Those of this session; oldest first. */
  losses: () => readonly Loss[]
}

export class DiscHistory {
  readonly #parts: DiscHistoryParts
  #record: DiscRecord | undefined
  /** Packets written before it was decided whether there is a record. */
  #early: number[] | undefined = []
  readonly #bad = new Set<number>()
  /** The newest loss that the record has. */
  #recorded: Loss | undefined
  #saving: Promise<void> = Promise.resolve()

  constructor(parts: DiscHistoryParts) {
    this.#parts = parts
  }

  /** `name` is the volume's; without it or a directory nothing is put on record. Never rejects. */
  async open(dir: string | undefined, name: string | undefined, disc: RecordedDisc): Promise<void> {
    if (dir !== undefined && name !== undefined) {
      const { drive, log } = this.#parts
      const record = await DiscRecord.open(dir, name, disc).catch((error: Error) => {
        log.warning(`${drive}: the disc's record cannot be read and is not kept: ${error.message}`)
        return undefined
      })
      for (const block of this.#bad) record?.badBlocks.add(block)
      for (const packet of this.#early ?? []) record?.packetWritten(packet)
      this.#record = record
    }
    this.#early = undefined
  }

  packetWritten(packet: number): void {
    if (this.#record === undefined) this.#early?.push(packet)
    else this.#record.packetWritten(packet)
  }

  blocksBad(lba: number, blocks: number): void {
    for (let block = lba; block < lba + blocks; block++) this.#known.add(block)
  }

  /** How many, of earlier times too. */
  get badBlocks(): number {
    return this.#known.size
  }

  /** Undefined where there is no record. */
  get wear(): DiscWear | undefined {
    return this.#record?.wear
  }

  /** Of earlier times too; oldest first, at most 64. */
  get losses(): readonly Loss[] {
    return mergeLosses(this.#record?.losses ?? [], this.#parts.losses())
  }

  /** Puts on record what was lost since the last time: people are told of it also when this process ends at once. Never rejects. */
  async recordLosses(): Promise<void> {
    if (this.#parts.losses().at(-1) !== this.#recorded) await this.save()
  }

  /** Puts everything on record. One at a time: the timer's and the last one write the same files. Never rejects. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(async () => {
      const { drive, log } = this.#parts
      const losses = this.#parts.losses()
      this.#record?.addLosses(losses)
      this.#recorded = losses.at(-1)
      await this.#record?.save().catch((error: Error) => {
        log.warning(`${drive}: the disc's record is not kept: ${error.message}`)
      })
    })
    return this.#saving
  }

  get #known(): Set<number> {
    return this.#record?.badBlocks ?? this.#bad
  }
}
