// Pure: which steps take records of a manifest away again, and nothing that is not ours.
import { type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { hasLine } from './fstab.ts'
import { isOurs, type ManifestRecord } from './manifest.ts'
import type { Observation, Observed } from './observe.ts'
import type { Step, StepOf } from './step.ts'

export interface Removal {
  steps: Step[]
  diagnostics: Diagnostic[]
}

const absent: Observed = { kind: 'absent' }
/** Deepest first, so that a directory is empty when its turn comes. */
const deepestFirst = (a: string, b: string): number =>
  b.split('/').length - a.split('/').length || (a < b ? 1 : -1)

type At = (path: string) => Observed
type FileRecord = ManifestRecord & { kind: 'file' }

const backupOfRecord = (r: FileRecord, at: At): Observed => (r.backup === undefined ? absent : at(r.backup))

/** It is ours, or it is not there, or it is still the original, of which only the copy had been made. */
function mayRemove(r: FileRecord, at: At): boolean {
  const there = at(r.path)
  if (there.kind === 'absent') return true
  if (there.kind !== 'file') return false
  return isOurs(r, there.sha256) || there.sha256 === backupOfRecord(r, at).sha256
}

function fileRemoval(r: FileRecord, at: At): Step[] {
  if (r.backup !== undefined && backupOfRecord(r, at).kind === 'file')
    return [{ do: 'restore', path: r.path, backup: r.backup }]
  return at(r.path).kind === 'absent' ? [] : [{ do: 'removeFile', path: r.path }]
}

/** fstab first, then files and links, then directories from the deepest up. Changed files stay, with a warning. */
export function planRemoval(records: readonly ManifestRecord[], seen: Observation): Removal {
  const at = (p: string): Observed => seen.entries.get(p) ?? absent
  const fstab: StepOf<'editFstab'>[] = []
  const files: Step[] = []
  const directories: string[] = []
  const diagnostics: Diagnostic[] = []
  const warn = (code: DiagnosticCode, params: Record<string, string>): void => {
    diagnostics.push(diagnose(code, params))
  }
  for (const r of records) {
    const there = at(r.path)
    switch (r.kind) {
      case 'fstab':
        if (seen.fstab !== undefined && hasLine(seen.fstab, r.line)) {
          const [edit] = fstab
          if (edit === undefined)
            fstab.push({ do: 'editFstab', path: r.path, add: [], remove: [r.line], removeIfEmpty: r.created })
          else edit.remove.push(r.line)
        }
        break
      case 'file':
        if (mayRemove(r, at)) files.push(...fileRemoval(r, at))
        else warn('install.keeps-changed-file', { path: r.path })
        break
      case 'symlink':
        if (there.kind === 'symlink' && there.target === r.target)
          files.push({ do: 'removeFile', path: r.path })
        else if (there.kind !== 'absent') warn('install.keeps-changed-file', { path: r.path })
        break
      case 'directory':
        if (there.kind === 'directory') directories.push(r.path)
    }
  }
  const emptied = directories.sort(deepestFirst).map((p): Step => ({ do: 'removeDirectory', path: p }))
  return { steps: [...fstab, ...files, ...emptied], diagnostics }
}
