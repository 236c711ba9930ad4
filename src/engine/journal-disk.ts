// What a journal asks of the file system that it is on, call by call, so that a test can be one that loses names and data
// at a power cut and fails when it is told to.
import { type FileHandle, mkdir, open, readdir, readFile, rename, rmdir, unlink } from 'node:fs/promises'

/** An open file. Every call rejects with the system's error. */
export interface JournalDiskFile {
  /** Appends all of it. A call that rejects may have appended a part. */
  append(pieces: readonly Buffer[]): Promise<void>
  /** fdatasync(2). */
  datasync(): Promise<void>
  /** The whole file. */
  read(): Promise<Buffer>
  close(): Promise<void>
}

/**
 * The calls. Each rejects with the system's error, whose `code` is the errno's name. A name that was made, changed or removed
 * survives a power cut only once the directory that it is in has been synchronised.
 */
export interface JournalDisk {
  /** mkdir(2) with mode 0700. */
  mkdir(dir: string): Promise<void>
  /** Names in no order. */
  readdir(dir: string): Promise<string[]>
  /** A new and empty file with mode 0600, in the place of what had its name. */
  create(file: string): Promise<JournalDiskFile>
  /** For reading. */
  open(file: string): Promise<JournalDiskFile>
  rename(from: string, to: string): Promise<void>
  unlink(file: string): Promise<void>
  rmdir(dir: string): Promise<void>
  /** fsync(2) of a directory. */
  synchronizeDirectory(dir: string): Promise<void>
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

const fileOf = (handle: FileHandle): JournalDiskFile => ({
  append: (pieces) => writeAll(handle, pieces),
  datasync: () => handle.datasync(),
  read: () => readFile(handle),
  close: () => handle.close(),
})

/** The machine's own. */
export const realDisk: JournalDisk = {
  mkdir: async (dir) => void (await mkdir(dir, { mode: 0o700 })),
  readdir: (dir) => readdir(dir),
  create: async (file) => fileOf(await open(file, 'w', 0o600)),
  open: async (file) => fileOf(await open(file, 'r')),
  rename,
  unlink,
  rmdir,
  async synchronizeDirectory(dir) {
    const handle = await open(dir, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}

/** `ENOENT` of the system's error; undefined for any other. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
