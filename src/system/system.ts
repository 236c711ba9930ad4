// All that is outside, behind one interface: files below a root directory, other programs, the clock.
import type { RunOptions, RunResult } from './run.ts'

/** What lies at a path, its last component not followed. Modes are the 12 permission bits. */
export type Entry =
  | { kind: 'absent' }
  | { kind: 'file'; mode: number; uid: number; gid: number; size: number }
  | { kind: 'directory'; mode: number; uid: number; gid: number }
  | { kind: 'symlink'; target: string }
  | { kind: 'other'; mode: number; uid: number; gid: number }

export interface FileMeta {
  mode: number
  /** Owner; left as the caller's when absent or when the caller is not root. */
  uid?: number
  gid?: number
}

interface ChainFile {
  name: string
  bytes: Uint8Array
  mode: number
}

/**
 * Paths are absolute and seen from inside `root`. What writes refuses paths through another user's directories or
 * links, and never follows a link in the last component. Everything rejects with the error of the system call, or
 * with PathRefused.
 */
export interface System {
  /** `/`, or the real path of the image given with --root. */
  readonly root: string
  /** The running system: programs may be run for what was changed. */
  readonly live: boolean
  /** Effective user id of the caller. */
  readonly uid: number

  inspect(path: string): Promise<Entry>
  /** True for a directory, also through symlinks. */
  isDirectory(path: string): Promise<boolean>
  /** The bytes of a plain file, undefined when nothing is there. Follows links inside the root. */
  read(path: string): Promise<Buffer | undefined>
  /** Something is there, also through symlinks. */
  exists(path: string): Promise<boolean>
  /** False where the file system that the path is on, or is to be on, is mounted read-only. */
  isWritable(path: string): Promise<boolean>
  /** Names in a directory, sorted; none when it is not there. */
  list(path: string): Promise<string[]>

  /** Temporary file beside it, fsync, rename, fsync of the directory. Replaces a file or a link. */
  writeAtomic(path: string, bytes: Uint8Array, meta: FileMeta): Promise<void>
  /** With its mode and owner from the start. */
  makeDirectory(path: string, meta: FileMeta): Promise<void>
  /**
   * Directories, one in the other from `directories[0]` down, with a file in the last one: all of it appears at once, or
   * nothing does.
   */
  makeChain(directories: readonly string[], file: ChainFile): Promise<void>
  /** The inverse: all of it is gone at once. ENOTEMPTY, and nothing is changed, when there is anything else in it. */
  removeChain(directories: readonly string[], file: string): Promise<void>
  /** Atomic as well. */
  makeSymlink(path: string, target: string): Promise<void>
  /** A file or a link. */
  removeFile(path: string): Promise<void>
  /** An empty directory. */
  removeDirectory(path: string): Promise<void>
  /** A directory with all below it, of root or the caller. */
  removeTree(path: string): Promise<void>

  /** Runs a program of the host; never rejects. */
  run(program: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>
}
