// What is there, beside what would be written.
import { isUtf8 } from 'node:buffer'
import { statSync } from 'node:fs'
import path from 'node:path'
import type { Layout } from '../artifacts/artifact.ts'
import type { File } from '../artifacts/files.ts'
import { madeByUs } from '../artifacts/optional.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { unifiedDiff } from '../render/unified-diff.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { readPacked } from './packed.ts'

export type Drift = { path: string } & (
  | { what: 'missing'; wanted: string }
  /** Modes are there even when only the text differs. */
  | {
      what: 'changed'
      found: string
      wanted: string
      foundMode: number
      wantedMode: number
      /** What is there is compressed or no UTF-8: nothing for patch(1). */
      opaque?: true
    }
  /** A directory, a link and so on. */
  | { what: 'no-file'; is: string }
  /** Of pktw, going by its name, and not among the files. */
  | { what: 'unexpected'; found: string }
)

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

/** Dates are of the day a package was made: those of man pages (`.TH`) and of a release in metainfo. */
const withoutDates = (text: string): string =>
  text
    .replace(/^(\.TH "[^"]*" "[^"]*" )"[0-9-]+"/m, '$1')
    .replace(/(<release version="[^"]*") date="[0-9-]+"/g, '$1')

const isSame = (found: string, wanted: string): boolean =>
  found === wanted || withoutDates(found) === withoutDates(wanted)

/** One line for people. */
export function describeDrift(drift: Drift): string {
  switch (drift.what) {
    case 'missing':
      return `${drift.path}: is not there`
    case 'no-file':
      return `${drift.path}: is a ${drift.is}, not a plain file`
    case 'unexpected':
      return `${drift.path}: is not made by these settings`
    case 'changed': {
      const text = isSame(drift.found, drift.wanted) ? [] : ['differs']
      const mode =
        drift.foundMode === drift.wantedMode
          ? []
          : [`has mode ${octal(drift.foundMode)}, not ${octal(drift.wantedMode)}`]
      return `${drift.path}: ${[...text, ...mode].join(', and ')}`
    }
  }
}

/** For people and patch(1): lines that are no diff, which patch passes over, tell of modes and of what is no file. */
export function diffOf(drift: Drift): string {
  switch (drift.what) {
    case 'missing':
      return unifiedDiff(drift.path, undefined, drift.wanted)
    case 'unexpected':
      return unifiedDiff(drift.path, drift.found, undefined)
    case 'no-file':
      return `# ${describeDrift(drift)}\n`
    case 'changed': {
      const mode = drift.foundMode === drift.wantedMode ? '' : `# ${describeDrift(drift)}\n`
      if (drift.opaque === true) return `# ${describeDrift(drift)}\n`
      return `${mode}${unifiedDiff(drift.path, drift.found, drift.wanted)}`
    }
  }
}

/** A man page that is there compressed, or not there. */
async function lookPacked(system: System, file: File): Promise<Drift | undefined> {
  const packed = await readPacked(system, file.path)
  const wanted = file.text
  if (packed === undefined) return { path: file.path, what: 'missing', wanted }
  const { path, mode } = packed
  if ('damaged' in packed) return { path, what: 'no-file', is: packed.damaged }
  const found = packed.text
  if (isSame(found, wanted) && mode === file.mode) return undefined
  return { path, what: 'changed', found, wanted, foundMode: mode, wantedMode: file.mode, opaque: true }
}

async function look(system: System, file: File, layout: Layout): Promise<Drift | undefined> {
  const entry = await system.inspect(file.path)
  const wanted = file.text
  if (entry.kind === 'absent')
    return file.path.startsWith(`${layout.mandir}/`)
      ? lookPacked(system, file)
      : { path: file.path, what: 'missing', wanted }
  if (entry.kind !== 'file')
    return { path: file.path, what: 'no-file', is: entry.kind === 'other' ? 'special file' : entry.kind }
  const bytes = (await system.read(file.path)) ?? Buffer.alloc(0)
  const found = bytes.toString('utf8')
  if (isSame(found, wanted) && entry.mode === file.mode) return undefined
  const modes = { foundMode: entry.mode, wantedMode: file.mode }
  const opaque = isUtf8(bytes) ? {} : { opaque: true as const }
  return { path: file.path, what: 'changed', found, wanted, ...modes, ...opaque }
}

/** Every plain file in the directory that `isOurs` takes for one of pktw's. */
async function* ours(
  system: System,
  directory: string,
  isOurs: (name: string, text: () => Promise<string>) => Promise<boolean>,
): AsyncGenerator<Drift> {
  for (const name of await system.list(directory)) {
    const file = path.posix.join(directory, name)
    if ((await system.inspect(file)).kind !== 'file') continue
    const text = async () => (await system.read(file))?.toString('utf8') ?? ''
    if (await isOurs(name, text)) yield { path: file, what: 'unexpected', found: await text() }
  }
}

/**
 * What is left of other settings or versions: files with pktw in their names beside those that are wanted, and units of mount
 * points that say that they are ours. libdir has programs as well, and is left out but for what is named in `leftOver`.
 */
async function others(system: System, { files, layout, leftOver, unread }: Comparison): Promise<Drift[]> {
  const wanted = new Set(files.map((file) => file.path))
  // A compressed page is wanted where there is no other.
  for (const { path: page } of files.filter((file) => file.path.startsWith(`${layout.mandir}/`)))
    if ((await system.inspect(page)).kind === 'absent') {
      const packed = await readPacked(system, page)
      if (packed !== undefined) wanted.add(packed.path)
    }
  const directories = new Set(files.map((file) => path.posix.dirname(file.path)))
  directories.delete(layout.libdir)
  const found: Drift[] = []
  for (const directory of directories) {
    const isOurs = async (name: string, text: () => Promise<string>): Promise<boolean> =>
      !wanted.has(path.posix.join(directory, name)) &&
      (name.includes('pktw') ||
        (directory === layout.unitdir && /\.(auto)?mount$/.test(name) && (await text()).includes(madeByUs)))
    for await (const drift of ours(system, directory, isOurs)) found.push(drift)
  }
  for (const file of leftOver.filter((p) => !directories.has(path.posix.dirname(p)))) {
    const directory = path.posix.dirname(file)
    const isIt = async (name: string): Promise<boolean> => name === path.posix.basename(file)
    try {
      for await (const drift of ours(system, directory, isIt)) found.push(drift)
    } catch (error) {
      // polkit's rules are for root alone, and none of these need be there.
      if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
      unread(file)
    }
  }
  return found
}

export interface Comparison {
  files: readonly File[]
  layout: Layout
  /** Paths that other settings would have made (artifacts/optional.ts). */
  leftOver: readonly string[]
  /** Called for each of them that the caller may not look for. */
  unread(path: string): void
}

/** All that differs below the directory, sorted by path. Throws Stop when it cannot be read. */
export async function compare(directory: string, wanted: Comparison): Promise<Drift[]> {
  let at = directory
  try {
    if (!statSync(directory).isDirectory()) throw new Error('it is not a directory')
    const system = realSystem(directory)
    const drifts: Drift[] = []
    for (const file of wanted.files) {
      at = file.path
      const drift = await look(system, file, wanted.layout)
      if (drift !== undefined) drifts.push(drift)
    }
    at = directory
    drifts.push(...(await others(system, wanted)))
    return drifts.sort((a, b) => (a.path < b.path ? -1 : 1))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Stop([diagnose('gen.compare-failed', { path: at, reason })], exit.trouble)
  }
}
