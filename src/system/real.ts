// The real system: node:fs below a root, execa for programs. Whatever is made has another name until it is complete and
// durable, so that a machine that dies has the old or the new, and beside it at most a temporary name (temporary.ts).
import { constants, realpathSync } from 'node:fs'
import path from 'node:path'
import { confine } from './confined-path.ts'
import { type FileCalls, nodeFiles } from './files.ts'
import { lookAt, lookThrough } from './look.ts'
import { run } from './run.ts'
import type { Entry, FileMeta, System } from './system.ts'
import { temporaryName } from './temporary.ts'

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

const absentIfGone = (error: unknown): undefined => {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
  throw error
}

const ownerOf = (meta: FileMeta, uid: number): [number, number] | undefined =>
  uid === 0 && meta.uid !== undefined && meta.gid !== undefined ? [meta.uid, meta.gid] : undefined

/** As the system call that would have found it. */
const notEmpty = (at: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`ENOTEMPTY: directory not empty, ${at}`), { code: 'ENOTEMPTY' })

/**
 * The system below `rootDirectory`.
 * @throws the error of realpath(3) when it is not there.
 */
export function realSystem(rootDirectory = '/', files: FileCalls = nodeFiles): System {
  const root = realpathSync(rootDirectory)
  const uid = process.geteuid?.() ?? 0
  const toRead = (p: string, followLast: boolean) => confine(root, p, { followLast })
  const toWrite = (p: string, write: 'file' | 'directory') => confine(root, p, { followLast: false, write })

  /** A directory's own mode and owner, and the names in it. */
  async function syncDirectory(directory: string): Promise<void> {
    const handle = await files.open(directory, constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  /** A new file, complete and durable but for its name. */
  async function writeNew(host: string, bytes: Uint8Array, meta: FileMeta): Promise<void> {
    const handle = await files.open(host, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      const owner = ownerOf(meta, uid)
      if (owner) await handle.chown(...owner)
      await handle.chmod(meta.mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async function newDirectory(host: string, meta: FileMeta): Promise<void> {
    await files.mkdir(host, { mode: 0o700 })
    const owner = ownerOf(meta, uid)
    if (owner) await files.chown(host, ...owner)
    await files.chmod(host, meta.mode)
    await syncDirectory(host)
  }

  /** Puts what `make` leaves at a temporary name in the place of `target`, or leaves no trace. */
  async function replace(target: string, make: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = temporaryName(target)
    try {
      await make(temporary)
      await files.rename(temporary, target)
    } catch (error) {
      // A disk that refuses this as well has it cleared away by the next run, which knows such names.
      await files.rm(temporary, { force: true, recursive: true }).catch(() => {})
      throw error
    }
    await syncDirectory(path.dirname(target))
  }

  return {
    root,
    live: root === '/',
    uid,

    async inspect(p): Promise<Entry> {
      const host = toRead(p, false)
      const entry = lookAt(host)
      if (entry === undefined) return { kind: 'absent' }
      if (entry.isSymbolicLink()) return { kind: 'symlink', target: await files.readlink(host) }
      const meta = { mode: entry.mode & 0o7777, uid: entry.uid, gid: entry.gid }
      if (entry.isFile()) return { kind: 'file', ...meta, size: entry.size }
      return { kind: entry.isDirectory() ? 'directory' : 'other', ...meta }
    },

    async isDirectory(p) {
      return lookThrough(toRead(p, true))?.isDirectory() === true
    },

    async exists(p) {
      return lookThrough(toRead(p, true)) !== undefined
    },

    async isWritable(p) {
      for (let at = toRead(p, true); ; at = path.dirname(at))
        try {
          await files.access(at, constants.W_OK)
          return true
        } catch (error) {
          if (codeOf(error) === 'EROFS') return false
          // Permissions are told by what is done there; a path that is not there yet will be on the file system above.
          if ((codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') || at === root) return true
        }
    },

    async read(p) {
      // Not blocking: a FIFO planted in the place of a file must not hold us for ever.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
      const handle = await files.open(toRead(p, true), flags).catch(absentIfGone)
      if (handle === undefined) return undefined
      try {
        return await handle.readFile()
      } catch (error) {
        // read(2) knows no names.
        throw Object.assign(error as Error, { message: `${p}: ${(error as Error).message}`, path: p })
      } finally {
        await handle.close()
      }
    },

    async list(p) {
      const names = await files.readdir(toRead(p, true)).catch(absentIfGone)
      return (names ?? []).sort()
    },

    async writeAtomic(p, bytes, meta) {
      await replace(toWrite(p, 'file'), (temporary) => writeNew(temporary, bytes, meta))
    },

    async makeDirectory(p, meta) {
      await replace(toWrite(p, 'directory'), (temporary) => newDirectory(temporary, meta))
    },

    async makeChain([top, ...below], file) {
      if (top === undefined) throw new Error('a chain has a first directory')
      const meta = { uid: 0, gid: 0 }
      await replace(toWrite(top, 'directory'), async (temporary) => {
        await newDirectory(temporary, { mode: 0o755, ...meta })
        let at = temporary
        const made = [at]
        for (const p of below) {
          at = path.join(temporary, path.relative(top, p))
          await newDirectory(at, { mode: 0o755, ...meta })
          made.push(at)
        }
        await writeNew(path.join(at, file.name), file.bytes, { mode: file.mode, ...meta })
        for (const directory of made.reverse()) await syncDirectory(directory)
      })
    },

    async removeChain(directories, file) {
      const hosts = directories.map((p) => toWrite(p, 'directory'))
      const [top] = hosts
      if (top === undefined) throw new Error('a chain has a first directory')
      for (const [i, host] of hosts.entries()) {
        const next = hosts[i + 1]
        const only = next === undefined ? file : path.basename(next)
        if ((await files.readdir(host)).some((name) => name !== only)) throw notEmpty(host)
      }
      const temporary = temporaryName(top)
      await files.rename(top, temporary)
      // It is gone from its place, and nothing can fail any more: what is not cleared away is found by its name the next time.
      await syncDirectory(path.dirname(top)).catch(() => {})
      await files.rm(temporary, { recursive: true, force: true }).catch(() => {})
    },

    async makeSymlink(p, target) {
      await replace(toWrite(p, 'file'), (temporary) => files.symlink(target, temporary))
    },

    async removeFile(p) {
      const host = toWrite(p, 'file')
      await files.unlink(host)
      await syncDirectory(path.dirname(host))
    },

    async removeDirectory(p) {
      const host = toWrite(p, 'directory')
      await files.rmdir(host)
      await syncDirectory(path.dirname(host))
    },

    async removeTree(p) {
      const host = toWrite(p, 'directory')
      const entry = lookAt(host)
      if (entry === undefined) return
      await files.rm(host, { recursive: true, force: true })
      await syncDirectory(path.dirname(host))
    },

    run,
  }
}
