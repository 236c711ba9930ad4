// Paths below a root directory, resolved as chroot(2) would, so that a symlink in an image never leads to the host.
import { lstatSync, readlinkSync } from 'node:fs'
import path from 'node:path'
import { lookAt } from './look.ts'

/** A path that root must not act on. */
export class PathRefused extends Error {
  override name = 'PathRefused'
  readonly path: string
  constructor(refused: string, reason: string) {
    super(`${refused}: ${reason}`)
    this.path = refused
  }
}

export interface Confinement {
  /** Follow a symlink in the last component as well. */
  followLast: boolean
  /**
   * What is going to be made or removed at the path. Every directory and symlink on the way must then belong to root
   * or to the caller and be writable by nobody else, or another user could exchange it between the look and the act.
   * The directory right above a file may be a system account's (/etc/polkit-1/rules.d is polkitd's): nothing is
   * followed in it, so that account gains nothing that it could not do there before.
   */
  write?: 'file' | 'directory'
}

/** As many as the kernel follows (path_resolution(7)). */
const maximumLinks = 40

const partsOf = (p: string): string[] => p.split('/').filter((part) => part !== '' && part !== '.')

/** Below this, user ids belong to the system (login.defs(5), SYS_UID_MAX). */
const firstPerson = 1000

const own = (uid: number): boolean => uid === 0 || uid === process.getuid?.()

/** Anybody may rename what is in it, whoever's it is. */
const isShared = (mode: number): boolean => (mode & 0o002) !== 0 && (mode & 0o1000) === 0

/** The root itself is a directory on the way as well. */
function refuseShared(root: string, wanted: string): void {
  if (isShared(lstatSync(root).mode)) throw new PathRefused(wanted, `${root} can be written by anybody`)
}

/**
 * The host path of `wanted`, an absolute path as seen from inside `root` (itself a real path). Absolute symlinks are
 * taken as absolute inside the root. Components that do not exist are kept as they are.
 * @throws PathRefused when a link climbs out of the root, loops, or, for writing, belongs to somebody else.
 */
export function confine(root: string, wanted: string, how: Confinement): string {
  if (!wanted.startsWith('/') || wanted.includes('\0')) throw new PathRefused(wanted, 'not an absolute path')
  if (how.write) refuseShared(root, wanted)
  let todo = partsOf(wanted)
  let at = root
  let links = 0
  while (todo.length > 0) {
    const [part, ...rest] = todo as [string, ...string[]]
    todo = rest
    if (part === '..') {
      if (at === root && root !== '/') throw new PathRefused(wanted, `leads out of ${root}`)
      at = at === root ? root : path.dirname(at)
      continue
    }
    const next = path.join(at, part)
    const entry = lookAt(next)
    if (entry === undefined) {
      if (rest.includes('..')) throw new PathRefused(wanted, `${next} does not exist`)
      return path.join(next, ...rest)
    }
    if (entry.isSymbolicLink()) {
      if (rest.length === 0 && !how.followLast) return next
      if (++links > maximumLinks) throw new PathRefused(wanted, 'too many symbolic links')
      if (how.write && !own(entry.uid)) throw new PathRefused(wanted, `${next} is another user's link`)
      const target = readlinkSync(next)
      if (target.startsWith('/')) at = root
      todo = [...partsOf(target), ...rest]
      continue
    }
    if (how.write && entry.isDirectory() && rest.length > 0) {
      const systemDirectory = how.write === 'file' && rest.length === 1 && entry.uid < firstPerson
      if (!own(entry.uid) && !systemDirectory)
        throw new PathRefused(wanted, `${next} belongs to another user`)
      if (isShared(entry.mode)) throw new PathRefused(wanted, `${next} can be written by anybody`)
    }
    at = next
  }
  return at
}
