// ID.wear in STATE/records: one 32-bit count a packet, little-endian, 6 MB for a disc of 100 GB. Only pages that changed are written, in
// place: a count lies within a sector, so a power cut leaves each as it was or as it is, and no count depends on another.
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { endianness } from 'node:os'
import { ifMissing } from './if-missing.ts'

const countBytes = 4
const pageBytes = 4096
const countsInPage = pageBytes / countBytes

const isBigEndian = endianness() === 'BE'

/** From the machine's order of bytes to the file's, or back, in place. */
const swapped = (bytes: Buffer): Buffer => (isBigEndian ? bytes.swap32() : bytes)

export class WearFile {
  /** One number a packet; whoever changes one calls `changed`. */
  readonly counts: Uint32Array
  readonly #file: string
  readonly #bytes: Buffer
  /** Pages of the file that are not as `counts` has them. */
  #changed = new Set<number>()
  /** What is in the file is not about this disc. */
  #stale: boolean

  /** `isOurs`: the file is about this disc. Otherwise, and where it is missing, all counts are 0. Rejects with the system's error. */
  static async open(file: string, packets: number, isOurs: boolean): Promise<WearFile> {
    const wear = new WearFile(file, packets, !isOurs)
    if (isOurs) await wear.#load()
    return wear
  }

  private constructor(file: string, packets: number, stale: boolean) {
    this.#file = file
    this.#stale = stale
    this.counts = new Uint32Array(packets)
    this.#bytes = Buffer.from(this.counts.buffer)
  }

  changed(packet: number): void {
    this.#changed.add(Math.floor(packet / countsInPage))
  }

  /** Makes durable what has changed since the last time. Rejects with the system's error; what was not written stays to be written. */
  async save(): Promise<void> {
    const pages = this.#changed
    if (pages.size === 0 && !this.#stale) return
    this.#changed = new Set()
    try {
      const handle = await open(this.#file, constants.O_RDWR | constants.O_CREAT, 0o644)
      try {
        await this.#write(handle, pages)
        await handle.datasync()
      } finally {
        await handle.close()
      }
      this.#stale = false
    } catch (error) {
      for (const page of pages) this.#changed.add(page)
      throw error
    }
  }

  async #write(handle: FileHandle, pages: ReadonlySet<number>): Promise<void> {
    const { length } = this.#bytes
    if (this.#stale) {
      await handle.truncate(0)
      await handle.truncate(length)
    }
    // A file that somebody has removed or cut short begins anew, with all there is.
    else if ((await handle.stat()).size !== length) return this.#writeAt(handle, 0, length)
    for (const page of [...pages].sort((a, b) => a - b))
      await this.#writeAt(handle, page * pageBytes, Math.min((page + 1) * pageBytes, this.#bytes.length))
  }

  async #writeAt(handle: FileHandle, from: number, end: number): Promise<void> {
    // A copy: packets are written, and counted, while the system writes this.
    const bytes = swapped(Buffer.from(this.#bytes.subarray(from, end)))
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, from + at)
      at += bytesWritten
    }
  }

  async #load(): Promise<void> {
    const handle = await open(this.#file, 'r').catch(ifMissing(undefined))
    if (handle === undefined) return
    try {
      for (let at = 0; at < this.#bytes.length; ) {
        const { bytesRead } = await handle.read(this.#bytes, at, this.#bytes.length - at, at)
        if (bytesRead === 0) break
        at += bytesRead
      }
      swapped(this.#bytes)
    } finally {
      await handle.close()
    }
  }
}
