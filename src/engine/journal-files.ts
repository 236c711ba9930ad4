// The files of one journal: DIR/00000001.journal and on.
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { JournalStore } from '../packet/journal.ts'
import type { JournalFile } from '../packet/recovery.ts'

const nameOf = (segment: number): string => `${String(segment).padStart(8, '0')}.journal`
const pattern = /^(\d{8})\.journal$/

/** Makes what happened to the names in a directory survive a power cut. */
async function synchronizeDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A short write is what a full disk gives before it gives ENOSPC. */
async function writeAll(handle: FileHandle, pieces: readonly Buffer[]): Promise<void> {
  let left = [...pieces]
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left)
    while (left[0] !== undefined && bytesWritten >= left[0].length) {
      bytesWritten -= left[0].length
      left = left.slice(1)
    }
    if (left[0] !== undefined) left[0] = left[0].subarray(bytesWritten)
  }
}

export class JournalFiles implements JournalStore {
  readonly #dir: string
  readonly #open = new Map<number, FileHandle>()
  /** Files whose name is not known to be on the disk. */
  readonly #unnamed = new Set<number>()
  #closed = false

  constructor(dir: string) {
    this.#dir = dir
  }

  /** The files that are there, ascending, each made durable: their writer may have died before it did so. */
  async readAll(): Promise<JournalFile[]> {
    const files: JournalFile[] = []
    for (const name of (await readdir(this.#dir)).sort()) {
      const segment = Number(pattern.exec(name)?.[1] ?? 0)
      if (segment === 0) continue
      const handle = await open(path.join(this.#dir, name), 'r')
      try {
        await handle.datasync()
        files.push({ segment, data: await readFile(handle) })
      } finally {
        await handle.close()
      }
    }
    await synchronizeDirectory(this.#dir)
    return files
  }

  async append(segment: number, pieces: readonly Buffer[]): Promise<void> {
    this.#refuseIfClosed()
    const handle = this.#open.get(segment)
    if (handle === undefined) await this.#create(segment, pieces)
    else await writeAll(handle, pieces)
  }

  async synchronize(segment: number): Promise<void> {
    const handle = this.#open.get(segment)
    if (handle === undefined) return
    await handle.datasync()
    if (!this.#unnamed.delete(segment)) return
    await synchronizeDirectory(this.#dir)
    await synchronizeDirectory(path.dirname(this.#dir))
  }

  read(segment: number): Promise<Buffer> {
    return readFile(path.join(this.#dir, nameOf(segment)))
  }

  async remove(segments: readonly number[]): Promise<void> {
    this.#refuseIfClosed()
    for (const segment of segments) {
      this.#unnamed.delete(segment)
      await this.#close(segment)
      await rm(path.join(this.#dir, nameOf(segment)), { force: true })
    }
    if (segments.length > 0) await synchronizeDirectory(this.#dir).catch(() => undefined)
  }

  /**
   * Closes the files, for good. With `discard`, which is for a journal that nothing is in any more, the directory goes
   * too.
   */
  async close(discard: boolean): Promise<void> {
    this.#closed = true
    for (const segment of [...this.#open.keys()]) await this.#close(segment)
    if (discard) await rm(this.#dir, { recursive: true, force: true })
  }

  /** The disc went while packets were on their way to it: what comes now must not begin the newest file anew. */
  #refuseIfClosed(): void {
    if (this.#closed) throw new Error('the journal is closed')
  }

  /** Written beside and renamed, so that a file without a beginning is damage and not a power cut. */
  async #create(segment: number, pieces: readonly Buffer[]): Promise<void> {
    // Each time: an empty one may have been taken for a dead engine's.
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    const file = path.join(this.#dir, nameOf(segment))
    const handle = await open(`${file}.new`, 'w', 0o600)
    this.#open.set(segment, handle)
    this.#unnamed.add(segment)
    await writeAll(handle, pieces)
    await handle.datasync()
    await rename(`${file}.new`, file)
  }

  async #close(segment: number): Promise<void> {
    const handle = this.#open.get(segment)
    this.#open.delete(segment)
    await handle?.close()
  }
}
