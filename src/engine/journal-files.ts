// The files of one journal: DIR/00000001.journal and on.
import path from 'node:path'
import type { JournalStore } from '../packet/journal.ts'
import type { JournalFile } from '../packet/recovery.ts'
import { codeOf, type JournalDisk, type JournalDiskFile } from './journal-disk.ts'

const nameOf = (segment: number): string => `${String(segment).padStart(8, '0')}.journal`
const pattern = /^(\d{8})\.journal$/

/** Makes a directory, with those above it that are missing, and has its name survive a power cut. */
export async function makeDirectory(disk: JournalDisk, dir: string): Promise<void> {
  try {
    await disk.mkdir(dir)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      await makeDirectory(disk, path.dirname(dir))
      await disk.mkdir(dir)
    } else if (codeOf(error) !== 'EEXIST') throw error
  }
  // Also when it exists: its maker may have died before it did so.
  await disk.synchronizeDirectory(path.dirname(dir))
}

/** Undefined when the promise rejects because there is no such file. */
const unlessMissing = <T>(promise: Promise<T>): Promise<T | undefined> =>
  promise.catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })

export class JournalFiles implements JournalStore {
  readonly #disk: JournalDisk
  readonly #dir: string
  readonly #open = new Map<number, JournalDiskFile>()
  /** Files whose name is not known to be on the disk. */
  readonly #unnamed = new Set<number>()
  #closed = false

  constructor(disk: JournalDisk, dir: string) {
    this.#disk = disk
    this.#dir = dir
  }

  /** The files that are there, ascending, each made durable: their writer may have died before it did so. */
  async readAll(): Promise<JournalFile[]> {
    const files: JournalFile[] = []
    for (const name of (await this.#disk.readdir(this.#dir)).sort()) {
      const segment = Number(pattern.exec(name)?.[1] ?? 0)
      if (segment === 0) continue
      const file = await this.#disk.open(path.join(this.#dir, name))
      try {
        await file.datasync()
        files.push({ segment, data: await file.read() })
      } finally {
        await file.close()
      }
    }
    await this.#disk.synchronizeDirectory(this.#dir)
    return files
  }

  async append(segment: number, pieces: readonly Buffer[]): Promise<void> {
    this.#refuseIfClosed()
    const file = this.#open.get(segment)
    if (file === undefined) await this.#create(segment, pieces)
    else await file.append(pieces)
  }

  async synchronize(segment: number): Promise<void> {
    const file = this.#open.get(segment)
    if (file === undefined) return
    await file.datasync()
    if (!this.#unnamed.delete(segment)) return
    await this.#disk.synchronizeDirectory(this.#dir)
    await this.#disk.synchronizeDirectory(path.dirname(this.#dir))
  }

  async read(segment: number): Promise<Buffer> {
    const file = await this.#disk.open(path.join(this.#dir, nameOf(segment)))
    try {
      return await file.read()
    } finally {
      await file.close()
    }
  }

  async remove(segments: readonly number[]): Promise<void> {
    this.#refuseIfClosed()
    for (const segment of segments) {
      this.#unnamed.delete(segment)
      await this.#close(segment)
      await unlessMissing(this.#disk.unlink(path.join(this.#dir, nameOf(segment))))
    }
    if (segments.length > 0) await this.#disk.synchronizeDirectory(this.#dir).catch(() => undefined)
  }

  /**
   * Closes the files, for good. With `discard`, which is for a journal that nothing is in any more, the directory goes
   * too.
   */
  async close(discard: boolean): Promise<void> {
    this.#closed = true
    for (const segment of [...this.#open.keys()]) await this.#close(segment)
    if (!discard) return
    for (const name of (await unlessMissing(this.#disk.readdir(this.#dir))) ?? [])
      await unlessMissing(this.#disk.unlink(path.join(this.#dir, name)))
    await unlessMissing(this.#disk.rmdir(this.#dir))
  }

  /** The disc went while packets were on their way to it: what comes now must not begin the newest file anew. */
  #refuseIfClosed(): void {
    if (this.#closed) throw new Error('the journal is closed')
  }

  /** Written beside and renamed, so that a file without a beginning is damage and not a power cut. */
  async #create(segment: number, pieces: readonly Buffer[]): Promise<void> {
    // Each time: an empty one may have been taken for a dead engine's.
    await makeDirectory(this.#disk, this.#dir)
    const name = path.join(this.#dir, nameOf(segment))
    const file = await this.#disk.create(`${name}.new`)
    this.#open.set(segment, file)
    this.#unnamed.add(segment)
    await file.append(pieces)
    await file.datasync()
    await this.#disk.rename(`${name}.new`, name)
  }

  async #close(segment: number): Promise<void> {
    const file = this.#open.get(segment)
    this.#open.delete(segment)
    await file?.close()
  }
}
