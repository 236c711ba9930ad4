// Pure: one wanted file or link against what is there and what the manifest says of it.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { isOurs, type ManifestRecord, sha256 } from './manifest.ts'
import type { Observed } from './observe.ts'
import { backupOf, newOf, savedOf } from './places.ts'
import type { Step } from './step.ts'
import type { Wanted, WantedFile } from './wanted.ts'

/** What one wanted thing adds to the plan: steps, what is ours afterwards, what there is to say. */
export interface Part {
  steps: Step[]
  records: ManifestRecord[]
  diagnostics: Diagnostic[]
}

/** The machine before the plan. */
export interface Before {
  at(path: string): Observed
  record(path: string): ManifestRecord | undefined
  /** The last run did not get to its end. */
  underWay: boolean
  /** Files that were changed since are replaced as well. */
  overwrite: boolean
}

export const part = (some: Partial<Part>): Part => ({ steps: [], records: [], diagnostics: [], ...some })
const refused = (diagnostic: Diagnostic): Part => part({ diagnostics: [diagnostic] })

/**
 * A copy of a file before it is changed. A copy with the same bytes that is there already is good enough; one with
 * others is not overwritten.
 */
export function planBackup(path: string, backup: string, before: Before): Part {
  const there = before.at(path)
  const copy = before.at(backup)
  if (copy.kind === 'absent') return part({ steps: [{ do: 'backUp', path, backup }] })
  if (copy.kind === 'file' && copy.sha256 === there.sha256) return part({})
  return refused(diagnose('install.backup-exists', { path, backup }))
}

type FileRecord = ManifestRecord & { kind: 'file' }

/** Our record of a file; none when the original is in its place again, which is somebody else's. */
function ownRecord(path: string, before: Before): FileRecord | undefined {
  const record = before.record(path)
  if (record?.kind !== 'file') return undefined
  const { sha256: hash } = before.at(path)
  const putBack = hash !== undefined && hash === record.original && !isOurs(record, hash)
  return putBack ? undefined : record
}

/** What a record says of the file that was there before; the first version of the manifest had no hash of it. */
function originalOf(record: FileRecord | undefined, before: Before): Partial<FileRecord> {
  if (record?.backup === undefined) return {}
  const original = record.original ?? before.at(record.backup).sha256
  return { backup: record.backup, ...(original === undefined ? {} : { original }) }
}

/**
 * A file of settings that somebody changed since we wrote it: it stays, as dpkg(1) does it. A new version is put beside it,
 * once: who removes that one has seen it.
 */
function planChanged(file: WantedFile, record: FileRecord, ours: FileRecord, before: Before): Part {
  const { path, mode, bytes, about } = file
  const beside = newOf(path)
  const recorded = before.record(beside) !== undefined
  const isNew = record.sha256 !== ours.sha256 || (before.underWay && recorded)
  if (!isNew && !(recorded && before.at(beside).kind !== 'absent'))
    return part({ records: [ours], diagnostics: [diagnose('install.changed-file-stays', { path })] })
  const made = planFile(
    { path: beside, mode, bytes, about: `${about}, new version`, editable: false },
    before,
  )
  return {
    ...made,
    records: [ours, ...made.records],
    diagnostics: [...made.diagnostics, diagnose('install.new-beside', { path, beside })],
  }
}

/** Brings a file about; see `editable` in wanted.ts for the one that people change. */
export function planFile(file: WantedFile, before: Before): Part {
  const { path, mode, bytes, about } = file
  const there = before.at(path)
  const record = ownRecord(path, before)
  const hash = sha256(bytes)
  const ours: FileRecord = {
    kind: 'file',
    path,
    mode,
    sha256: hash,
    ...originalOf(record, before),
    ...(file.editable ? { editable: true } : {}),
  }
  const replace: Step = { do: 'writeFile', path, mode, bytes, change: 'replace', about }

  if (there.kind === 'absent') return part({ steps: [{ ...replace, change: 'create' }], records: [ours] })
  if (there.kind !== 'file') return refused(diagnose('install.not-a-file', { path, kind: there.kind }))
  const same = there.sha256 === hash
  if (record === undefined) {
    // Somebody else's file. With the same bytes it needs nothing, and is not ours to remove.
    if (same || there.sha256 === undefined) return part({})
    const backup = backupOf(path)
    const copy = planBackup(path, backup, before)
    return part({
      steps: [...copy.steps, replace],
      records: [{ ...ours, backup, original: there.sha256 }],
      diagnostics: [...copy.diagnostics, diagnose('install.replaces-file', { path, backup })],
    })
  }
  const replacing: FileRecord = same || there.sha256 === undefined ? ours : { ...ours, was: there.sha256 }
  // The old record stays for an edited file: its hash then tells uninstall that it was edited.
  const edited = !same && !isOurs(record, there.sha256)
  if (file.editable && !(edited && file.another))
    return part({
      steps: same ? [] : [{ ...replace, mode: there.mode, keepOwner: true }],
      records: [isOurs(record, there.sha256) ? replacing : { ...record, editable: true }],
    })
  if (same) return part({ steps: there.mode === mode ? [] : [replace], records: [ours] })
  if (isOurs(record, there.sha256)) return part({ steps: [replace], records: [replacing] })
  if (file.keepChanges && !file.another && !before.overwrite) return planChanged(file, record, ours, before)
  const saved = savedOf(path)
  const copy = planBackup(path, saved, before)
  return part({
    steps: [...copy.steps, replace],
    records: [ours],
    diagnostics: [...copy.diagnostics, diagnose('install.saves-changed-file', { path, saved })],
  })
}

/** Brings a symbolic link about. */
export function planLink(link: Wanted['symlinks'][number], before: Before): Part {
  const there = before.at(link.path)
  const record = before.record(link.path)
  const ours: ManifestRecord = { kind: 'symlink', path: link.path, target: link.target }
  const same = there.kind === 'symlink' && there.target === link.target
  if (same) return part({ records: record?.kind === 'symlink' ? [ours] : [] })
  const mayReplace =
    there.kind === 'absent' ||
    (record?.kind === 'symlink' && there.kind === 'symlink' && there.target === record.target)
  if (!mayReplace) return refused(diagnose('install.not-our-link', { path: link.path, target: link.target }))
  return part({ steps: [{ do: 'makeSymlink', ...link }], records: [ours] })
}
