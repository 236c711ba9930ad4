// A whole file tree as text, to compare before and after: type, mode, owner, target, contents.
import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { inject } from 'vitest'

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

/** A new directory, removed after the run, with these files in it. */
export function temporaryRoot(files: Record<string, string | Uint8Array> = {}): string {
  const root = mkdtempSync(path.join(inject('scratch'), 'root-'))
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), contents)
  }
  return root
}
