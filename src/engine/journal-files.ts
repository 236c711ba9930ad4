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

/** No such file, or no such directory. */
export const isMissing = (error: unknown): boolean =>
  codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

/** Undefined when the promise rejects because there is no such file. */
const unlessMissing = <T>(promise: Promise<T>): Promise<T | undefined> =>
  promise.catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })

export class JournalFiles implements JournalStore {
  readonly #disk: JournalDisk
  readonly #dir: string
  readonly #open = new Map<number, JournalDiskFile>()
  /** Files whose name is not known to be on the disk. */
  readonly #unnamed = new Set<number>()
  /** Files that may be there, also after a power cut. On a file system that is read-only, no other can be removed. */
  readonly #named = new Set<number>()
  #closed = false

  constructor(disk: JournalDisk, dir: string) {
    this.#disk = disk
    this.#dir = dir
  }

  /**
   * The files that are there, ascending, each made durable, and the directory's own name: their writer may have died before it
   * did so.
   */
  async readAll(): Promise<JournalFile[]> {
    const files: JournalFile[] = []
    for (const name of (await this.#disk.readdir(this.#dir)).sort()) {
      const segment = Number(pattern.exec(name)?.[1] ?? 0)
      if (segment === 0) continue
      const file = await this.#disk.open(path.join(this.#dir, name))
      try {
        await file.datasync()
        files.push({ segment, data: await file.read() })
        this.#named.add(segment)
      } finally {
        await file.close()
      }
    }
    await this.#disk.synchronizeDirectory(this.#dir)
    await this.#disk.synchronizeDirectory(path.dirname(this.#dir))
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

  /** Oldest first, each for good before the next: what a power cut leaves of them has no gap. */
  async remove(segments: readonly number[]): Promise<void> {
    this.#refuseIfClosed()
    for (const segment of [...segments].sort((a, b) => a - b)) {
      await this.#close(segment)
      if (!this.#named.has(segment)) continue
      await unlessMissing(this.#disk.unlink(path.join(this.#dir, nameOf(segment))))
      await this.#synchronizeNames()
      this.#named.delete(segment)
      this.#unnamed.delete(segment)
    }
  }

  /**
   * Closes the files, for good. With `discard`, which is for a journal that nothing is in any more, the directory goes
   * too.
   */
  async close(discard: boolean): Promise<void> {
    this.#closed = true
    for (const segment of [...this.#open.keys()]) await this.#close(segment)
    if (!discard) return
    const names = await unlessMissing(this.#disk.readdir(this.#dir))
    if (names === undefined) return
    for (const name of names.sort()) {
      await unlessMissing(this.#disk.unlink(path.join(this.#dir, name)))
      await this.#disk.synchronizeDirectory(this.#dir)
    }
    await unlessMissing(this.#disk.rmdir(this.#dir))
  }

  /** The disc went while packets were on their way to it: what comes now must not begin the newest file anew. */
  #refuseIfClosed(): void {
    if (this.#closed) throw new Error('the journal is closed')
  }

  /** Written beside and renamed, so that a file without a beginning is damage and not a power cut. */
  async #create(segment: number, pieces: readonly Buffer[]): Promise<void> {
    const name = path.join(this.#dir, nameOf(segment))
    const file = await this.#createBeside(`${name}.new`)
    this.#open.set(segment, file)
    this.#unnamed.add(segment)
    await file.append(pieces)
    await file.datasync()
    this.#named.add(segment)
    await this.#disk.rename(`${name}.new`, name)
  }

  /** The directory is made each time, and once more: an empty one may have been taken for a dead engine's, at any moment. */
  async #createBeside(name: string): Promise<JournalDiskFile> {
    await makeDirectory(this.#disk, this.#dir)
    const file = await unlessMissing(this.#disk.create(name))
    if (file !== undefined) return file
    await makeDirectory(this.#disk, this.#dir)
    return this.#disk.create(name)
  }

  /** Of the files that were removed. Somebody may have removed the directory. */
  async #synchronizeNames(): Promise<void> {
    await this.#disk.synchronizeDirectory(this.#dir).catch((error: unknown) => {
      if (!isMissing(error)) throw error
      return this.#disk.synchronizeDirectory(path.dirname(this.#dir))
    })
  }

  async #close(segment: number): Promise<void> {
    const file = this.#open.get(segment)
    this.#open.delete(segment)
    await file?.close()
  }
}
