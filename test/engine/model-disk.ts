// A file system in memory as POSIX promises one and no better: what was not synchronised is there after a power cut or not,
// names as well as data. Calls fail when they are told to, once, for a while, or until further notice.
import path from 'node:path'
import type { JournalDisk, JournalDiskFile } from '../../src/engine/journal-disk.ts'
import {
  append,
  change,
  copyOfDirectory,
  type DirectoryNode,
  directoryNode,
  type FileNode,
  fileNode,
  isDirectory,
  type Node,
  settle,
} from './model-disk-nodes.ts'

/** errno by name: `EIO`. */
type DiskError = 'EIO' | 'EROFS' | 'ENOSPC' | 'EMFILE' | 'ENOMEM' | 'EACCES' | 'EPERM' | 'EDQUOT'

const diskCalls = [
  ...(['mkdir', 'readdir', 'create', 'open', 'rename', 'unlink', 'rmdir'] as const),
  ...(['append', 'datasync', 'read', 'synchronizeDirectory'] as const),
] as const
export type DiskCall = (typeof diskCalls)[number]

/** The calls that a file system refuses which has become read-only (errors=remount-ro); what is on it can be read. */
const changingCalls: readonly DiskCall[] = [
  ...(['mkdir', 'create', 'rename', 'unlink', 'rmdir', 'append', 'datasync'] as const),
  'synchronizeDirectory',
]

/** Which calls fail, how, and how many of them. */
export interface DiskFault {
  error: DiskError
  /** Default: every call. */
  calls?: readonly DiskCall[]
  /** Only of paths that match. */
  path?: RegExp
  /** Calls that still succeed before. */
  after?: number
  /** Calls that fail; without end when it is absent. */
  times?: number
}

function failure(code: string, call: string, file: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${file}'`), { code })
}

/** Counts a fault down; true when the call at hand is one that fails. */
function strikes(fault: DiskFault, call: DiskCall, file: string): boolean {
  if (fault.calls !== undefined && !fault.calls.includes(call)) return false
  if (fault.path !== undefined && !fault.path.test(file)) return false
  if (fault.after !== undefined && fault.after > 0) {
    fault.after--
    return false
  }
  if (fault.times === undefined) return true
  return fault.times-- > 0
}

export class ModelDisk implements JournalDisk {
  #root = directoryNode()
  #faults: DiskFault[] = []
  /** Counted up by a power cut; whoever holds a file of an earlier life cannot use it any more. */
  #life = 0
  /** Every call as it comes, with its path; may throw or never settle, for a power cut at exactly this moment. */
  onCall: (call: DiskCall, file: string) => void | Promise<void> = () => undefined

  /** `dirs` exist and are durable, as those that systemd made. */
  constructor(dirs: readonly string[] = ['/var/lib/pktw']) {
    for (const dir of dirs) {
      let at = this.#root
      for (const name of dir.split('/').filter(Boolean)) {
        const next = at.entries.get(name) ?? directoryNode()
        at.entries.set(name, next)
        at.durable.set(name, next)
        if (!isDirectory(next)) throw new Error(`${name} is a file`)
        at = next
      }
    }
  }

  /** From now on these calls fail; gives what ends it. */
  fail(fault: DiskFault): () => void {
    const armed = { ...fault }
    this.#faults.push(armed)
    return () => {
      this.#faults = this.#faults.filter((f) => f !== armed)
    }
  }

  /** The file system becomes read-only, as by errors=remount-ro; gives what ends it. */
  readOnly(): () => void {
    return this.fail({ error: 'EROFS', calls: changingCalls })
  }

  /** What is on it now, as a disk of its own: what an engine finds that comes after one that was killed. */
  copy(): ModelDisk {
    const disk = new ModelDisk([])
    disk.#root = copyOfDirectory(this.#root)
    return disk
  }

  /** Every call succeeds again. */
  heal(): void {
    this.#faults = []
  }

  /**
   * The machine loses its power: each change of names since its directory was synchronised stays or goes, and so does every
   * byte after those that were; a part of the last ones may be anything. `random` gives numbers from 0 up to 1.
   */
  cutPower(random: () => number): void {
    this.#life++
    this.#faults = []
    settle(this.#root, random)
  }

  /** Every file with its bytes, by path from `dir` on; for tests that look at what was left. */
  files(dir = '/'): Map<string, Buffer> {
    const found = new Map<string, Buffer>()
    const walk = (at: DirectoryNode, prefix: string): void => {
      for (const [name, node] of [...at.entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (isDirectory(node)) walk(node, `${prefix}${name}/`)
        else found.set(`${prefix}${name}`, node.data)
      }
    }
    const node = this.#find(dir)
    if (node !== undefined && isDirectory(node)) walk(node, '')
    return found
  }

  /** Names in a directory; empty when there is no such directory. */
  names(dir: string): string[] {
    const node = this.#find(dir)
    return node !== undefined && isDirectory(node) ? [...node.entries.keys()].sort() : []
  }

  mkdir(dir: string): Promise<void> {
    return this.#call('mkdir', dir, () => {
      const { parent, name } = this.#parent('mkdir', dir)
      if (parent.entries.has(name)) throw failure('EEXIST', 'mkdir', dir)
      const made = directoryNode()
      change(parent, { put: name, node: made })
    })
  }

  readdir(dir: string): Promise<string[]> {
    return this.#call('readdir', dir, () => [...this.#directory('readdir', dir).entries.keys()])
  }

  create(file: string): Promise<JournalDiskFile> {
    return this.#call('create', file, () => {
      const { parent, name } = this.#parent('create', file)
      const known = parent.entries.get(name)
      if (known !== undefined && isDirectory(known)) throw failure('EISDIR', 'create', file)
      if (known !== undefined) {
        Object.assign(known, fileNode())
        return this.#opened(file, known)
      }
      const made = fileNode()
      change(parent, { put: name, node: made })
      return this.#opened(file, made)
    })
  }

  open(file: string): Promise<JournalDiskFile> {
    return this.#call('open', file, () => {
      const node = this.#find(file)
      if (node === undefined) throw failure('ENOENT', 'open', file)
      if (isDirectory(node)) throw failure('EISDIR', 'open', file)
      return this.#opened(file, node)
    })
  }

  /** Within one directory: what is moved from one to another is not needed here. */
  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', from, () => {
      const { parent, name } = this.#parent('rename', from)
      const target = this.#parent('rename', to)
      const node = parent.entries.get(name)
      if (node === undefined) throw failure('ENOENT', 'rename', from)
      if (target.parent !== parent) throw failure('EXDEV', 'rename', from)
      change(parent, { move: name, to: target.name, node })
    })
  }

  unlink(file: string): Promise<void> {
    return this.#call('unlink', file, () => {
      const { parent, name } = this.#parent('unlink', file)
      const node = parent.entries.get(name)
      if (node === undefined) throw failure('ENOENT', 'unlink', file)
      if (isDirectory(node)) throw failure('EISDIR', 'unlink', file)
      change(parent, { take: name })
    })
  }

  rmdir(dir: string): Promise<void> {
    return this.#call('rmdir', dir, () => {
      const { parent, name } = this.#parent('rmdir', dir)
      if (this.#directory('rmdir', dir).entries.size > 0) throw failure('ENOTEMPTY', 'rmdir', dir)
      change(parent, { take: name })
    })
  }

  synchronizeDirectory(dir: string): Promise<void> {
    return this.#call('synchronizeDirectory', dir, () => {
      const node = this.#directory('synchronizeDirectory', dir)
      node.durable = new Map(node.entries)
      node.pending = []
    })
  }

  async #call<T>(call: DiskCall, file: string, job: () => T): Promise<T> {
    const life = this.#life
    await this.onCall(call, file)
    if (this.#life !== life) return new Promise(() => undefined)
    const fault = this.#faults.find((f) => strikes(f, call, file))
    if (fault !== undefined) throw failure(fault.error, call, file)
    return job()
  }

  #opened(file: string, node: FileNode): JournalDiskFile {
    const life = this.#life
    const call = <T>(name: DiskCall, job: () => T): Promise<T> =>
      this.#life === life ? this.#call(name, file, job) : new Promise(() => undefined)
    return {
      append: async (pieces) => {
        // A full disk takes a part.
        const all = Buffer.concat(pieces)
        await call('append', () => append(node, all)).catch((error: unknown) => {
          if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
            append(node, all.subarray(0, all.length / 2))
          throw error
        })
      },
      datasync: () =>
        call('datasync', () => {
          node.durable = node.data.length
        }),
      read: () => call('read', () => Buffer.from(node.data)),
      close: async () => undefined,
    }
  }

  #find(file: string): Node | undefined {
    let at: Node = this.#root
    for (const name of file.split('/').filter(Boolean)) {
      const next: Node | undefined = isDirectory(at) ? at.entries.get(name) : undefined
      if (next === undefined) return undefined
      at = next
    }
    return at
  }

  #directory(call: string, dir: string): DirectoryNode {
    const node = this.#find(dir)
    if (node === undefined) throw failure('ENOENT', call, dir)
    if (!isDirectory(node)) throw failure('ENOTDIR', call, dir)
    return node
  }

  #parent(call: string, file: string): { parent: DirectoryNode; name: string } {
    return { parent: this.#directory(call, path.dirname(file)), name: path.basename(file) }
  }
}
