// Pure: which steps take records of a manifest away again, and nothing that is not ours.
import { type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { editedEntry, hasLine } from './fstab.ts'
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

/** The original is in its place: the copy had only been made, or was put back by a run that got no further. */
const isOriginal = (r: FileRecord, at: At): boolean => {
  const { sha256 } = at(r.path)
  return sha256 !== undefined && (sha256 === r.original || sha256 === backupOfRecord(r, at).sha256)
}

/** It is ours, or it is not there, or it is the original. */
function mayRemove(r: FileRecord, at: At): boolean {
  const there = at(r.path)
  if (there.kind === 'absent') return true
  return there.kind === 'file' && (isOurs(r, there.sha256) || isOriginal(r, at))
}

function fileRemoval(r: FileRecord, at: At): Step[] {
  const { kind, sha256 } = backupOfRecord(r, at)
  if (r.backup !== undefined && kind === 'file' && sha256 !== undefined)
    return [{ do: 'restore', path: r.path, backup: r.backup, sha256 }]
  return at(r.path).kind === 'absent' || isOriginal(r, at) ? [] : [{ do: 'removeFile', path: r.path }]
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
          // A link since we wrote it: what it leads to is somebody else's to edit, and the link is not to be written over.
          if (there.kind !== 'file') {
            warn('install.fstab-line-stays', { path: r.path, kind: there.kind, line: r.line })
            break
          }
          const [edit] = fstab
          if (edit === undefined)
            fstab.push({ do: 'editFstab', path: r.path, add: [], remove: [r.line], removeIfEmpty: r.created })
          else edit.remove.push(r.line)
        } else if (seen.fstab !== undefined) {
          const edited = editedEntry(seen.fstab, r.line)
          if (edited !== undefined) warn('install.fstab-edited-stays', { path: r.path, line: edited.text })
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
      case 'group': {
        const group = seen.groups.get(r.name)
        if (group === undefined) break
        const why = group.used ? 'it has members' : 'this is not the running system'
        if (group.used || !seen.live) warn('install.keeps-group', { group: r.name, why })
        else files.push({ do: 'removeGroup', name: r.name, gid: group.gid })
        break
      }
      case 'directory':
        if (there.kind === 'directory') directories.push(r.path)
    }
  }
  const emptied = directories.sort(deepestFirst).map((p): Step => ({ do: 'removeDirectory', path: p }))
  return { steps: [...fstab, ...files, ...emptied], diagnostics }
}
