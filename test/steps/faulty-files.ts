// The system calls of a real system that fail, or stop for good, at a certain one of those that change something; and a disk
// that loses its power. Everything happens in a real tree.
import { linkSync, lstatSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { chmod, mkdir, rename as move, rm } from 'node:fs/promises'
import path from 'node:path'
import { type FileCalls, nodeFiles } from '../../src/system/files.ts'

/** What a call does to the tree: told before it is made, so that a test can refuse it, and know how to take it back. */
interface Change {
  call: string
  /** The path that changes; of a file handle the one that it was opened by. */
  path: string
}

/** Sees each change before it is made; throws to prevent it. */
export type Watch = (change: Change, args: readonly unknown[]) => void | Promise<void>

type Call = (...args: unknown[]) => Promise<unknown>
const changing = ['chmod', 'chown', 'mkdir', 'rename', 'rm', 'rmdir', 'symlink', 'unlink'] as const
const changingHandle = ['writeFile', 'chown', 'chmod', 'sync'] as const

const madeBy = (call: string, args: readonly unknown[]): string =>
  String(call === 'rename' || call === 'symlink' ? args[1] : args[0])

/** node:fs, each change of which goes by `watch` first. */
export function watchedFiles(watch: Watch): FileCalls {
  const calls: Record<string, Call> = {}
  for (const call of changing)
    calls[call] = async (...args) => {
      await watch({ call, path: madeBy(call, args) }, args)
      return (nodeFiles[call] as Call)(...args)
    }
  calls.open = async (...args) => {
    const at = String(args[0])
    if (args[1] === 'wx') await watch({ call: 'open', path: at }, args)
    const handle = await (nodeFiles.open as unknown as (...a: unknown[]) => Promise<object>)(...args)
    return new Proxy(handle, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        const method = (value as Call).bind(target)
        if (!changingHandle.includes(name as 'sync')) return method
        return async (...a: unknown[]) => {
          await watch({ call: `handle.${String(name)}`, path: at }, a)
          return method(...a)
        }
      },
    })
  }
  return { ...nodeFiles, ...calls } as FileCalls
}

class Died extends Error {}

/** Counts; from the n-th change (from 1) on nothing is done any more, as after kill -9. */
export function dyingAt(n: number): { files: FileCalls; changes: () => number } {
  let changes = 0
  const files = watchedFiles(() => {
    if (++changes >= n) throw new Died()
  })
  return { files, changes: () => changes }
}

export const errno = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: as told`), { code })

/** What a full, read-only or forbidden disk refuses; it does not get better by itself. */
const refusedBy: Record<string, (change: Change) => boolean> = {
  ENOSPC: ({ call }) => ['handle.writeFile', 'open', 'mkdir', 'symlink'].includes(call),
  EROFS: ({ call }) => call !== 'handle.sync',
  EACCES: ({ call }) => call !== 'handle.sync' && !call.startsWith('handle.'),
  // A sick disk: this one call, and it may have done something before.
  EIO: () => true,
}

/** From the n-th change on every call fails that such a disk refuses; EIO only that one. */
export function failingAt(n: number, code: string): { files: FileCalls; changes: () => number } {
  let changes = 0
  const files = watchedFiles((change) => {
    const now = ++changes
    const reached = code === 'EIO' ? now === n : now >= n
    if (reached && refusedBy[code]?.(change)) throw errno(code)
  })
  return { files, changes: () => changes }
}

/** How to take one change back that no fsync has made durable. */
interface Volatile {
  directory: string
  undo: () => Promise<void>
}

/**
 * A disk whose names are durable once their directory was synchronised, and whose bytes once the file was. `losePower` leaves
 * what is durable, and of the rest what `keeps` says, directory by directory: file systems write them in an order of their own.
 */
export function powerLossAt(n: number, aside: string) {
  let changes = 0
  const pending: Volatile[] = []
  /** Inodes whose bytes are not durable. */
  const unsynced = new Map<number, string>()
  const store = mkdtempSync(path.join(aside, 'lost-'))
  let stored = 0
  /** Keeps what has this name now, to bring it back: the same inode. */
  const keep = (at: string): (() => Promise<void>) => {
    const entry = lstatSync(at, { throwIfNoEntry: false })
    if (entry === undefined) return () => rm(at, { recursive: true, force: true })
    if (entry.isDirectory())
      return () => mkdir(at, { mode: entry.mode }).then(() => chmod(at, entry.mode & 0o7777))
    const copy = path.join(store, String(++stored))
    linkSync(at, copy)
    return async () => {
      await rm(at, { force: true, recursive: true })
      renameSync(copy, at)
    }
  }
  const files = watchedFiles(({ call, path: at }, args) => {
    if (++changes >= n) throw new Died()
    const directory = path.dirname(at)
    switch (call) {
      case 'handle.writeFile':
        unsynced.set(lstatSync(at).ino, at)
        break
      case 'handle.sync': {
        const { ino } = lstatSync(at)
        unsynced.delete(ino)
        for (let i = pending.length - 1; i >= 0; i--)
          if ((pending[i] as Volatile).directory === at) pending.splice(i, 1)
        break
      }
      case 'rename': {
        const from = String(args[0])
        const back = keep(at)
        pending.push({
          directory,
          undo: async () => {
            await move(at, from).catch(() => {})
            if (lstatSync(at, { throwIfNoEntry: false }) === undefined) await back().catch(() => {})
          },
        })
        break
      }
      case 'open':
      case 'mkdir':
      case 'symlink':
      case 'unlink':
      case 'rmdir':
        pending.push({ directory, undo: keep(at) })
    }
  })
  return {
    files,
    changes: () => changes,
    losePower: async (keeps: (directory: string) => boolean): Promise<void> => {
      for (const { directory, undo } of pending.reverse()) if (!keeps(directory)) await undo().catch(() => {})
      for (const [ino, name] of unsynced) {
        // Its name may be another by now; a file that still has bytes only in memory is empty afterwards.
        for (const at of [name, name.replace(/\/\.([^/]+)\.pktw-\d+-\d+$/, '/$1')])
          if (lstatSync(at, { throwIfNoEntry: false })?.ino === ino && readFileSync(at).length > 0)
            truncateSync(at)
      }
      rmSync(store, { recursive: true })
    },
  }
}
