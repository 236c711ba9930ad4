// What this machine knows of a disc over all the times it was in: how often each packet was written, which blocks are bad.
// STATE/records/ID.json for people, ID.wear beside it: one 32-bit count a packet, little-endian.
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import path from 'node:path'
import { array, type infer as Infer, int, literal, number, object, string } from 'zod/mini'
import type { DiscWear } from '../packet/status.ts'

const recordSchema = object({
  format: literal(1),
  medium: string(),
  blocks: int(),
  packetBlocks: int(),
  /** Packets written in all, by this machine. */
  packetsWritten: number(),
  badBlocks: array(int()),
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
  /** Of earlier times. */
  readonly #before: Uint32Array
  readonly #writtenBefore: number

  /**
   * The record of the disc with this identity; an empty one when it is new, or when what is there cannot be read. The
   * record is no reason not to serve a disc.
   */
  static async open(dir: string, identity: string, disc: RecordedDisc): Promise<DiscRecord> {
    const file = path.join(dir, identity)
    const packets = Math.floor(disc.blocks / disc.packetBlocks)
    const counts = new Uint32Array(packets)
    let record: Record | undefined
    try {
      record = recordSchema.parse(JSON.parse(await readFile(`${file}.json`, 'utf8')))
      if (record.blocks !== disc.blocks || record.packetBlocks !== disc.packetBlocks) record = undefined
      const wear = await readFile(`${file}.wear`)
      for (let at = 0; record !== undefined && at < packets && at * 4 + 4 <= wear.length; at++) {
        counts[at] = wear.readUInt32LE(at * 4)
      }
    } catch {
      record = undefined
    }
    return new DiscRecord(file, disc, counts, record)
  }

  private constructor(file: string, disc: RecordedDisc, before: Uint32Array, record: Record | undefined) {
    this.#path = file
    this.#disc = disc
    this.#before = before
    this.#writtenBefore = record?.packetsWritten ?? 0
    this.badBlocks = new Set(record?.badBlocks)
  }

  /** The disc's whole life, with what this session wrote. */
  wear(now: { writes: Uint32Array; packetsWritten: number }): DiscWear {
    let packet = -1
    let most = 0
    for (let at = 0; at < this.#before.length; at++) {
      const writes = (this.#before[at] ?? 0) + (now.writes[at] ?? 0)
      if (writes > most) {
        most = writes
        packet = at
      }
    }
    const packetsWritten = this.#writtenBefore + now.packetsWritten
    return { packetsWritten, ...(packet < 0 ? {} : { hottest: { packet, writes: most } }) }
  }

  /** Writes it down, beside and renamed. Rejects with the system's error. */
  async save(now: { writes: Uint32Array; packetsWritten: number }): Promise<void> {
    const counts = Buffer.alloc(this.#before.length * 4)
    for (let at = 0; at < this.#before.length; at++) {
      counts.writeUInt32LE(((this.#before[at] ?? 0) + (now.writes[at] ?? 0)) >>> 0, at * 4)
    }
    const record: Record = {
      format: 1,
      ...this.#disc,
      packetsWritten: this.#writtenBefore + now.packetsWritten,
      badBlocks: [...this.badBlocks].sort((a, b) => a - b).slice(0, mostBadBlocks),
      seenAt: Date.now(),
    }
    await mkdir(path.dirname(this.#path), { recursive: true, mode: 0o755 })
    await replace(`${this.#path}.wear`, counts)
    await replace(`${this.#path}.json`, Buffer.from(`${JSON.stringify(record, null, 2)}\n`))
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
