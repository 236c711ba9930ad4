// What this machine knows of a disc over all the times it was in: how often each packet was written, which blocks are bad, what was lost.
// STATE/records/ID.json, replaced as a whole, and ID.wear (wear-file.ts).
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { array, type infer as Infer, int, literal, number, object, optional, string } from 'zod/mini'
import type { DiscWear, Loss } from '../packet/status.ts'
import { WriteCounts } from '../packet/write-counts.ts'
import { ifMissing } from './if-missing.ts'
import { mergeLosses } from './known-losses.ts'
import { WearFile } from './wear-file.ts'

const lossSchema = object({
  lba: int(),
  blocks: int(),
  at: number(),
  why: string(),
  kept: optional(string()),
})

const recordSchema = object({
  format: literal(1),
  medium: string(),
  blocks: int(),
  packetBlocks: int(),
  /** Packets written in all, by this machine. */
  packetsWritten: number(),
  badBlocks: array(int()),
  losses: optional(array(lossSchema)),
  /** ms since 1970. */
  seenAt: number(),
})
type Record = Infer<typeof recordSchema>

export interface RecordedDisc {
  medium: string
  blocks: number
  packetBlocks: number
}

/** Bad blocks that are remembered: enough to see where, not a list of a broken disc. */
const mostBadBlocks = 4096

export class DiscRecord {
  readonly badBlocks: Set<number>
  readonly #path: string
  readonly #disc: RecordedDisc
  readonly #writes: WriteCounts
  readonly #wear: WearFile
  #losses: readonly Loss[]

  /**
   * The record of the disc with this identity; an empty one when there is none, or none that is understood. Rejects with the
   * system's error when it exists and cannot be read: it must not be overwritten by an empty one.
   */
  static async open(dir: string, identity: string, disc: RecordedDisc): Promise<DiscRecord> {
    const file = path.join(dir, identity)
    const record = await readRecord(`${file}.json`, disc)
    const packets = Math.floor(disc.blocks / disc.packetBlocks)
    const wear = await WearFile.open(`${file}.wear`, packets, record !== undefined)
    return new DiscRecord(file, disc, wear, record)
  }

  private constructor(file: string, disc: RecordedDisc, wear: WearFile, record: Record | undefined) {
    this.#path = file
    this.#disc = disc
    this.#wear = wear
    this.#writes = new WriteCounts(wear.counts, record?.packetsWritten)
    this.badBlocks = new Set(record?.badBlocks)
    this.#losses = (record?.losses ?? []).map(({ kept, ...loss }) =>
      kept === undefined ? loss : { ...loss, kept },
    )
  }

  /** Acknowledged data that the disc does not have; oldest first, at most 64. They stay until the disc is formatted anew. */
  get losses(): readonly Loss[] {
    return this.#losses
  }

  addLosses(losses: readonly Loss[]): void {
    this.#losses = mergeLosses(this.#losses, losses)
  }

  /** The disc's whole life, this session included. */
  get wear(): DiscWear {
    const { total, hottest } = this.#writes
    return { packetsWritten: total, ...(hottest === undefined ? {} : { hottest }) }
  }

  packetWritten(packet: number): void {
    this.#writes.written(packet)
    this.#wear.changed(packet)
  }

  /** Writes down what has changed. Rejects with the system's error; the next call writes what this one could not. */
  async save(): Promise<void> {
    await mkdir(path.dirname(this.#path), { recursive: true, mode: 0o755 })
    await this.#wear.save()
    const record: Record = {
      format: 1,
      ...this.#disc,
      packetsWritten: this.#writes.total,
      badBlocks: [...this.badBlocks].sort((a, b) => a - b).slice(0, mostBadBlocks),
      ...(this.#losses.length === 0 ? {} : { losses: [...this.#losses] }),
      seenAt: Date.now(),
    }
    await replace(`${this.#path}.json`, Buffer.from(`${JSON.stringify(record, null, 2)}\n`))
  }
}

/** Undefined when there is none, or it is of a disc of another size: the same volume, formatted anew. */
async function readRecord(file: string, disc: RecordedDisc): Promise<Record | undefined> {
  const text = await readFile(file, 'utf8').catch(ifMissing(''))
  try {
    const record = recordSchema.parse(JSON.parse(text))
    return record.blocks === disc.blocks && record.packetBlocks === disc.packetBlocks ? record : undefined
  } catch {
    return undefined
  }
}

async function replace(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o644)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
}
