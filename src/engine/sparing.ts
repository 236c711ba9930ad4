// Replaces packets that the medium refuses, where the volume has spare ones and a table of them (UDF 2.01 §2.2.9, §2.2.11).
//
// A kernel that has the volume mounted goes by the table as it was then. So a replacement is made below the kernel, by
// SparedDrive, and the journal remembers it. It is entered into the table on the disc when nothing can have the disc mounted: at the end of
// the session, or at the next start before nbd.sock appears. Then the table alone holds.
import { BlockError, errno } from '../packet/error.ts'
import type { SparedDrive } from '../packet/spared-drive.ts'
import { findSparablePartition, type ReadBlocks, type SparablePartition } from '../udf/sparable-volume.ts'
import {
  decodeSparingTable,
  encodeSparingTable,
  enterReplacements,
  isAvailable,
  isInUse,
  type Replacement,
  type SparingTable,
} from '../udf/sparing-table.ts'
import type { Spared } from './journal-state.ts'

/** The disc as it is served. */
interface SparingDisc {
  /** Blocks of the disc, with what is newer in memory; undefined for what cannot be read. */
  read: ReadBlocks
  /** Rejects with BlockError. `data`: whole blocks. */
  write(lba: number, data: Buffer): Promise<void>
  /** Returns when everything is on the medium. Rejects with BlockError. */
  flush(): Promise<void>
  /** Drops what memory has of a packet that is not dirty. */
  forget(packet: number): void
}

export interface SparingParts {
  drive: SparedDrive
  disc: SparingDisc
  /** Returns when a power cut does not take the replacements away. Rejects when nothing can keep them. */
  remember: (spared: readonly Spared[]) => Promise<void>
  say: (text: string) => void
}

interface Volume {
  partition: SparablePartition
  /** The copy that prevails. */
  table: SparingTable
  /** The first copy that can be read: Linux goes by that one (fs/udf/super.c, udf_load_sparable_map). */
  first: SparingTable
}

export class Sparing {
  readonly #parts: SparingParts
  readonly #spared = new Map<number, Spared>()
  #dissolving: Promise<void> | undefined
  #entering: Promise<unknown> | undefined

  /** `before`: replacements of an engine that died, or lost its disc. */
  constructor(parts: SparingParts, before: readonly Spared[]) {
    this.#parts = parts
    for (const one of before) {
      this.#spared.set(one.packet, one)
      parts.drive.replace(one.packet, one.spare)
    }
  }

  /**
   * Makes below the kernel what its copy of the table does not say: because the medium has refused to be written there, or because the
   * kernel read it before, if the disc `mayBeMounted`. Before the first request.
   */
  async followNewest(mayBeMounted: boolean): Promise<void> {
    const volume = await this.#findVolume()
    if (volume === undefined) return
    const { packetBlocks } = this.#parts.drive
    const { partition, table, first } = volume
    for (const { original, mapped } of table.entries.filter(isInUse)) {
      const isKnown = first.entries.some((entry) => entry.original === original && entry.mapped === mapped)
      if ((isKnown && !mayBeMounted) || !this.#isPacket(mapped) || original % packetBlocks !== 0) continue
      const packet = (partition.start + original) / packetBlocks
      this.#parts.drive.replace(packet, mapped / packetBlocks)
    }
  }

  /**
   * Has a spare packet stand in for one that the medium refuses; its bytes are to be written again then. False: the volume has
   * none left or no table, the packet is not one of its partition, or nothing would remember where it went.
   */
  async replace(packet: number): Promise<boolean> {
    const volume = await this.#findVolume()
    if (volume === undefined || this.#originalOf(volume, packet) === undefined) return false
    const before = this.#spared.get(packet)
    const failed = before?.spare === undefined ? [] : [before.spare]
    const defective = [...(before?.defective ?? []), ...failed]
    const one = { packet, spare: this.#freeSpare(volume, packet), defective }
    // Without another spare it is remembered all the same which ones failed.
    this.#change(one)
    const kept = await this.#parts.remember([...this.#spared.values()]).then(
      () => true,
      () => false,
    )
    if (!kept) this.#change(before ?? { packet, spare: undefined, defective: [] })
    if (!kept || one.spare === undefined) return false
    const { packetBlocks } = this.#parts.drive
    const [first, there] = [packet * packetBlocks, one.spare * packetBlocks]
    this.#parts.say(
      `the disc does not take blocks ${first}..${first + packetBlocks - 1}: they go to its spare packet at block ${there}`,
    )
    return true
  }

  /** To be called before blocks of these packets are written by others than the file system that is mounted. */
  beforeWrite(first: number, end: number): Promise<void> | undefined {
    if (this.#dissolving !== undefined) return this.#dissolving
    for (const spare of this.#parts.drive.spares.values()) {
      if (spare < first || spare >= end) continue
      this.#dissolving = this.#dissolve().finally(() => {
        this.#dissolving = undefined
      })
      return this.#dissolving
    }
    return undefined
  }

  /**
   * Enters the replacements into every copy of the table; nothing may have the disc mounted. Rejects with BlockError when no copy
   * could be written: the replacements stay as they are then, and the journal must stay as well.
   */
  async enter(): Promise<void> {
    const { drive, disc } = this.#parts
    for (const { packet, spare } of await this.#enter(() => disc.flush())) {
      drive.replace(packet, undefined)
      disc.forget(packet)
      if (spare !== undefined) disc.forget(spare)
    }
    await this.#remembersNone()
  }

  /**
   * The same while the disc may be mounted, for when the journal cannot remember the replacements any longer: below a kernel that goes
   * by the table as it was, they stay. `writeBack` returns when what was written is on the medium or given up. Rejects as enter.
   */
  enterNow(writeBack: () => Promise<void>): Promise<void> {
    this.#entering ??= this.#enter(writeBack).finally(() => {
      this.#entering = undefined
    })
    return this.#entering.then(() => undefined)
  }

  /** Gives the replacements that are in the table now, and no longer among ours. */
  async #enter(flush: () => Promise<void>): Promise<readonly Spared[]> {
    if (this.#spared.size === 0) return []
    const volume = await this.#findVolume()
    const table = volume && this.#enteredInto(volume)
    if (volume === undefined || table === undefined) {
      await this.#dissolve()
      await flush()
      return []
    }
    const entered = [...this.#spared.values()]
    await this.#record(volume.partition, table, flush)
    this.#spared.clear()
    this.#parts.say(`${entered.length} replaced packets are entered into the sparing table of the disc`)
    return entered
  }

  /** Nothing to remember is true without a journal too, and one that was lost is removed before it can say otherwise. */
  #remembersNone(): Promise<void> {
    return this.#parts.remember([]).catch(() => undefined)
  }

  /** As enter, when all that can be done about a failure is to say so. False: the journal has to remember the replacements. */
  tryToEnter(): Promise<boolean> {
    return this.enter().then(
      () => true,
      (error: Error) => {
        this.#parts.say(
          `packets that were replaced are neither in the sparing table nor in their own places (${error.message})`,
        )
        return false
      },
    )
  }

  /** One copy after the other, so that a power cut leaves a whole one. */
  async #record(
    { tables, tableBlocks }: SparablePartition,
    table: SparingTable,
    flush: () => Promise<void>,
  ): Promise<void> {
    const { disc, say } = this.#parts
    let failure: unknown
    let written = 0
    for (const lba of tables) {
      try {
        await disc.write(lba, encodeSparingTable(table, lba))
        await flush()
        // The medium may have refused it, which another flush reports.
        const copy = await disc.read(lba, tableBlocks)
        if (copy === undefined || decodeSparingTable(copy, lba)?.sequence !== table.sequence)
          throw new BlockError(errno.EIO, 'the medium refuses it')
        written++
      } catch (error) {
        failure = error
        say(`the copy of the sparing table at block ${lba} cannot be written`)
      }
    }
    if (written === 0) throw failure
  }

  /**
   * Somebody lays out the disc anew, and a spare is no spare any more: what it holds goes back to its own packet, which is
   * replaced by the new table, if there is one, when the medium refuses it again.
   */
  async #dissolve(): Promise<void> {
    const { drive, disc } = this.#parts
    const { packetBlocks } = drive
    for (const { packet, spare } of [...this.#spared.values()]) {
      const data = spare === undefined ? undefined : await disc.read(packet * packetBlocks, packetBlocks)
      this.#change({ packet, spare: undefined, defective: [] })
      if (spare !== undefined) disc.forget(spare)
      if (data !== undefined) await disc.write(packet * packetBlocks, data)
    }
    // And those that the table knows of, but not the copy that the kernel goes by.
    for (const packet of [...drive.spares.keys()]) drive.replace(packet, undefined)
    await this.#remembersNone()
  }

  #change(one: Spared): void {
    this.#parts.drive.replace(one.packet, one.spare)
    if (one.spare === undefined && one.defective.length === 0) this.#spared.delete(one.packet)
    else this.#spared.set(one.packet, one)
  }

  /** As it is now, since a program may have made another one. Undefined when packets of it cannot be replaced. */
  async #findVolume(): Promise<Volume | undefined> {
    const { drive, disc } = this.#parts
    const partition = await findSparablePartition(disc.read, drive.blocks)
    // A drive writes its own packets; replacing half of one, or two, would be another thing.
    if (partition?.packetBlocks !== drive.packetBlocks || partition.start % drive.packetBlocks !== 0)
      return undefined
    const copies: SparingTable[] = []
    for (const lba of partition.tables) {
      const bytes = await disc.read(lba, partition.tableBlocks)
      const copy = bytes && decodeSparingTable(bytes, lba)
      if (copy !== undefined) copies.push(copy)
    }
    const [first] = copies
    if (first === undefined) return undefined
    const table = copies.reduce((newest, copy) => (copy.sequence > newest.sequence ? copy : newest), first)
    return { partition, table, first }
  }

  /** What the table calls this packet: itself, or the packet that it stands in for already. Undefined: it cannot be replaced. */
  #originalOf({ partition, table }: Volume, packet: number): number | undefined {
    const { packetBlocks } = this.#parts.drive
    const lba = packet * packetBlocks
    const entry = table.entries.find((e) => isInUse(e) && e.mapped === lba)
    if (entry !== undefined) return entry.original
    const original = lba - partition.start
    return original >= 0 && original + packetBlocks <= partition.blocks ? original : undefined
  }

  #freeSpare({ partition, table }: Volume, packet: number): number | undefined {
    const { packetBlocks } = this.#parts.drive
    const taken = new Set([packet])
    for (const { spare, defective } of this.#spared.values())
      for (const one of [spare, ...defective]) if (one !== undefined) taken.add(one)
    // A place that is listed twice is not available if one of the two says otherwise.
    for (const entry of table.entries) if (!isAvailable(entry)) taken.add(entry.mapped / packetBlocks)
    const free = table.entries.find(
      (e) =>
        isAvailable(e) &&
        this.#isPacket(e.mapped) &&
        !taken.has(e.mapped / packetBlocks) &&
        !partition.structures.some(
          ({ lba, blocks }) => lba < e.mapped + packetBlocks && e.mapped < lba + blocks,
        ),
    )
    return free && free.mapped / packetBlocks
  }

  /** A whole packet of the disc begins there. */
  #isPacket(lba: number): boolean {
    const { packetBlocks, blocks } = this.#parts.drive
    return lba % packetBlocks === 0 && lba + packetBlocks <= blocks
  }

  /** Its table with the replacements. Undefined when the volume is another one by now, which has no place for one of them. */
  #enteredInto(volume: Volume): SparingTable | undefined {
    const { packetBlocks } = this.#parts.drive
    const replacements: Replacement[] = []
    for (const { packet, spare, defective } of this.#spared.values()) {
      const original = this.#originalOf(volume, packet)
      if (original === undefined) return undefined
      const mapped = spare === undefined ? undefined : spare * packetBlocks
      replacements.push({ original, mapped, defective: defective.map((one) => one * packetBlocks) })
    }
    return enterReplacements(volume.table, replacements)
  }
}
