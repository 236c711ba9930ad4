// A whole file tree as text, to compare before and after: type, mode, owner, target, contents.
import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'

/** One line an entry, sorted. Times are left out. */
export function listTree(root: string): string[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  return ['.', ...names].map((name) => {
    const file = path.join(root, name)
    const s = lstatSync(file)
    const what = s.isSymbolicLink()
      ? `-> ${readlinkSync(file)}`
      : s.isFile()
        ? createHash('sha256').update(readFileSync(file)).digest('hex')
        : s.isDirectory()
          ? '/'
          : '?'
    return `${name} ${s.isSymbolicLink() ? '' : (s.mode & 0o7777).toString(8)} ${s.uid}:${s.gid} ${what}`
  })
}

/** In memory where there is such a place: an fsync costs nothing there. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const made: string[] = []
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true })
})

/** A new directory, removed after the tests of the file, with these files in it. */
export function temporaryRoot(files: Record<string, string | Uint8Array> = {}): string {
  const root = mkdtempSync(path.join(base, 'pktw-test-'))
  made.push(root)
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), contents)
  }
  return root
}
