// Copies of packets that were given up, beside the journals and in the same format: DIR/kept-packets-ID/00000001.journal and on.
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { KeptBlocks } from '../packet/giving-up.ts'
import { Journal } from '../packet/journal.ts'
import type { JournalDisk } from './journal-disk.ts'
import { JournalFiles } from './journal-files.ts'

/** Bytes of copies that one engine makes: a disc that takes nothing any more is not to fill the disk. */
const mostBytes = 64 * 1024 * 1024

export interface KeptPacketsParts {
  disk: JournalDisk
  /** The directory of the journals. */
  dir: string
  /** Said at the start of every file: which disc it is. */
  state: () => unknown
}

export class KeptPackets {
  readonly #parts: KeptPacketsParts
  #open: { dir: string; files: JournalFiles; journal: Journal } | undefined

  constructor(parts: KeptPacketsParts) {
    this.#parts = parts
  }

  /**
   * Gives the directory when the copy survives a power cut. `all`: however much it is. Rejects with the system's error, and when it
   * would be too much.
   */
  async keep(blocks: readonly KeptBlocks[], all: boolean): Promise<string> {
    this.#open ??= this.#begin()
    const { journal, dir } = this.#open
    if (!all && journal.bytes > mostBytes) throw new Error(`there are ${mostBytes} bytes in ${dir} already`)
    try {
      for (const { lba, data } of blocks) journal.append(lba, [data]).done.catch(() => undefined)
      await journal.synchronize()
    } catch (error) {
      // With a hole in it, it is not continued; what is in it stays.
      await this.close()
      throw error
    }
    return dir
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.files.close(false).catch(() => undefined)
  }

  #begin(): { dir: string; files: JournalFiles; journal: Journal } {
    const { disk, state } = this.#parts
    const dir = path.join(this.#parts.dir, `kept-packets-${randomUUID()}`)
    const files = new JournalFiles(disk, dir)
    return { dir, files, journal: new Journal(files, { state }) }
  }
}
