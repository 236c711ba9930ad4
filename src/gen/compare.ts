// What is there, beside what would be written.
import path from 'node:path'
import type { Layout } from '../artifacts/artifact.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { unifiedDiff } from '../render/unified-diff.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import type { File } from './files.ts'

export type Drift = { path: string } & (
  | { what: 'missing'; wanted: string }
  /** Modes are there even when only the text differs. */
  | { what: 'changed'; found: string; wanted: string; foundMode: number; wantedMode: number }
  /** A directory, a link and so on. */
  | { what: 'no-file'; is: string }
  /** Of pktw, going by its name, and not among the files. */
  | { what: 'unexpected'; found: string }
)

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

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
      const text = drift.found === drift.wanted ? [] : ['differs']
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
      return `${mode}${unifiedDiff(drift.path, drift.found, drift.wanted)}`
    }
  }
}

async function look(system: System, file: File): Promise<Drift | undefined> {
  const entry = await system.inspect(file.path)
  const wanted = file.text
  if (entry.kind === 'absent') return { path: file.path, what: 'missing', wanted }
  if (entry.kind !== 'file')
    return { path: file.path, what: 'no-file', is: entry.kind === 'other' ? 'special file' : entry.kind }
  const found = (await system.read(file.path))?.toString('utf8') ?? ''
  if (found === wanted && entry.mode === file.mode) return undefined
  return { path: file.path, what: 'changed', found, wanted, foundMode: entry.mode, wantedMode: file.mode }
}

/** Plain files with pktw in their names, beside those that are wanted. libdir has programs as well, and is left out. */
async function others(system: System, files: readonly File[], layout: Layout): Promise<Drift[]> {
  const wanted = new Set(files.map((file) => file.path))
  const directories = new Set(files.map((file) => path.posix.dirname(file.path)))
  directories.delete(layout.libdir)
  const found: Drift[] = []
  for (const directory of directories)
    for (const name of (await system.list(directory)).filter((n) => n.includes('pktw'))) {
      const file = path.posix.join(directory, name)
      if (wanted.has(file) || (await system.inspect(file)).kind !== 'file') continue
      const text = (await system.read(file))?.toString('utf8') ?? ''
      found.push({ path: file, what: 'unexpected', found: text })
    }
  return found
}

/** All that differs below the directory, sorted by path. Throws Stop when it cannot be read. */
export async function compare(directory: string, files: readonly File[], layout: Layout): Promise<Drift[]> {
  let at = directory
  try {
    const system = realSystem(directory)
    const drifts: Drift[] = []
    for (const file of files) {
      at = file.path
      const drift = await look(system, file)
      if (drift !== undefined) drifts.push(drift)
    }
    drifts.push(...(await others(system, files, layout)))
    return drifts.sort((a, b) => (a.path < b.path ? -1 : 1))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Stop([diagnose('gen.compare-failed', { path: at, reason })], exit.trouble)
  }
}
