// The real system: node:fs below a root, execa for programs.
import { constants, realpathSync } from 'node:fs'
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises'
import path from 'node:path'
import { confine } from './confined-path.ts'
import { run } from './run.ts'
import type { Entry, FileMeta, System } from './system.ts'

const gone = (error: unknown): boolean => {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

const absentIfGone = (error: unknown): undefined => {
  if (gone(error)) return undefined
  throw error
}

/** Makes the rename itself durable: the name lives in the directory. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

let temporaryFiles = 0
const temporaryName = (target: string): string =>
  path.join(path.dirname(target), `.${path.basename(target)}.pktw-${process.pid}-${++temporaryFiles}`)

const ownerOf = (meta: FileMeta, uid: number): [number, number] | undefined =>
  uid === 0 && meta.uid !== undefined && meta.gid !== undefined ? [meta.uid, meta.gid] : undefined

/**
 * The system below `rootDirectory`.
 * @throws the error of realpath(3) when it is not there.
 */
export function realSystem(rootDirectory = '/'): System {
  const root = realpathSync(rootDirectory)
  const uid = process.geteuid?.() ?? 0
  const toRead = (p: string, followLast: boolean) => confine(root, p, { followLast })
  const toWrite = (p: string, write: 'file' | 'directory') => confine(root, p, { followLast: false, write })

  /** Puts what `make` leaves at a temporary name in the place of `target`, or leaves no trace. */
  async function replace(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = temporaryName(target)
    try {
      await make(temporary)
      await rename(temporary, target)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    await syncDirectory(path.dirname(target))
  }

  return {
    root,
    live: root === '/',
    uid,

    async inspect(p): Promise<Entry> {
      const host = await toRead(p, false)
      const entry = await lstat(host).catch(absentIfGone)
      if (entry === undefined) return { kind: 'absent' }
      if (entry.isSymbolicLink()) return { kind: 'symlink', target: await readlink(host) }
      const meta = { mode: entry.mode & 0o7777, uid: entry.uid, gid: entry.gid }
      if (entry.isFile()) return { kind: 'file', ...meta, size: entry.size }
      return entry.isDirectory() ? { kind: 'directory', ...meta } : { kind: 'other' }
    },

    async isDirectory(p) {
      const entry = await stat(await toRead(p, true)).catch(absentIfGone)
      return entry?.isDirectory() === true
    },

    async read(p) {
      // Not blocking: a FIFO planted in the place of a file must not hold us for ever.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
      const handle = await open(await toRead(p, true), flags).catch(absentIfGone)
      if (handle === undefined) return undefined
      try {
        return await handle.readFile()
      } finally {
        await handle.close()
      }
    },

    async list(p) {
      const names = await readdir(await toRead(p, true)).catch(absentIfGone)
      return (names ?? []).sort()
    },

    async writeAtomic(p, bytes, meta) {
      await replace(await toWrite(p, 'file'), async (temporary) => {
        const handle = await open(temporary, 'wx', 0o600)
        try {
          await handle.writeFile(bytes)
          const owner = ownerOf(meta, uid)
          if (owner) await handle.chown(...owner)
          await handle.chmod(meta.mode)
          await handle.sync()
        } finally {
          await handle.close()
        }
      })
    },

    async makeDirectory(p, meta) {
      const host = await toWrite(p, 'directory')
      await mkdir(host, { mode: 0o700 })
      try {
        const owner = ownerOf(meta, uid)
        if (owner) await chown(host, ...owner)
        await chmod(host, meta.mode)
        await syncDirectory(path.dirname(host))
      } catch (error) {
        await rmdir(host)
        throw error
      }
    },

    async makeSymlink(p, target) {
      await replace(await toWrite(p, 'file'), (temporary) => symlink(target, temporary))
    },

    async removeFile(p) {
      const host = await toWrite(p, 'file')
      await unlink(host)
      await syncDirectory(path.dirname(host))
    },

    async removeDirectory(p) {
      const host = await toWrite(p, 'directory')
      await rmdir(host)
      await syncDirectory(path.dirname(host))
    },

    async removeTree(p) {
      await rm(await toWrite(p, 'directory'), { recursive: true, force: true })
    },

    run,
  }
}
