// Pure: our lines in fstab(5), against what is there.
import { diagnose } from '../diagnostics/catalogue.ts'
import { editedEntry, fstabBytes, fstabEntries, fstabLine, hasLine } from './fstab.ts'
import { type ManifestRecord, sha256 } from './manifest.ts'
import { backupOf, fstabPath } from './places.ts'
import { type Before, type Part, part, planBackup } from './plan-file.ts'
import type { Step } from './step.ts'

type FstabRecord = ManifestRecord & { kind: 'fstab' }

/**
 * The lines wanted, and no mount point of ours named by a line of somebody else: a line in fstab would win over the
 * mount unit (systemd.unit(5), unit load path), whichever way the disc is to be mounted.
 */
export function planFstab(
  lines: readonly string[],
  mountPoints: readonly string[],
  fstab: string | undefined,
  old: readonly FstabRecord[],
  before: Before,
): Part {
  const wanted = lines.map(fstabLine)
  const there = before.at(fstabPath)
  const text = fstab ?? ''
  const ours = new Set([...wanted, ...old.map((r) => r.line)])
  const targets = new Set(mountPoints.map(fstabLine))
  // Of lines that we wrote and somebody has changed since, by the wanted line that each stands for.
  const edited = new Map(
    wanted.flatMap((line) => {
      const entry = editedEntry(text, line)
      const written = old.some((r) => entry !== undefined && editedEntry(text, r.line)?.line === entry.line)
      return entry !== undefined && written ? [[line, entry.text] as const] : []
    }),
  )
  for (const entry of edited.values()) ours.add(entry)
  const taken = fstabEntries(text).filter((e) => targets.has(e.target) && !ours.has(e.text))
  if (taken.length > 0)
    return part({
      diagnostics: taken.map((e) =>
        diagnose(
          'install.fstab-taken',
          { target: e.target },
          { at: { file: fstabPath, line: e.line, column: e.column, length: e.target.length, text: e.text } },
        ),
      ),
    })
  if (there.kind !== 'absent' && there.kind !== 'file')
    return wanted.length === 0
      ? part({})
      : part({ diagnostics: [diagnose('install.fstab-not-a-file', { path: fstabPath, kind: there.kind })] })
  const created = there.kind === 'absent' || old.some((r) => r.created)
  const kept = before.overwrite ? [] : [...edited]
  const diagnostics = kept.map(([line, entry]) =>
    diagnose('install.keeps-fstab-line', { path: fstabPath, entry, line }),
  )
  const add = wanted.filter((line) => !hasLine(text, line) && (before.overwrite || !edited.has(line)))
  // A line that was there before us is not ours, even if it is the same.
  const records: ManifestRecord[] = wanted
    .filter((line) => add.includes(line) || edited.has(line) || old.some((r) => r.line === line))
    .map((line) => ({ kind: 'fstab', path: fstabPath, line, created }))
  const backup = backupOf(fstabPath)
  const oldBackup = before.record(backup)
  const backupRecord: ManifestRecord[] = oldBackup !== undefined && records.length > 0 ? [oldBackup] : []
  if (add.length === 0) return part({ records: [...records, ...backupRecord], diagnostics })
  const remove = before.overwrite ? [...edited.values()] : []
  const edit: Step = { do: 'editFstab', path: fstabPath, add, remove, removeIfEmpty: false }
  const hasBackup = oldBackup !== undefined && before.at(backup).kind !== 'absent'
  if (there.kind === 'absent' || hasBackup)
    return part({ steps: [edit], records: [...records, ...backupRecord], diagnostics })
  const copy = planBackup(fstabPath, backup, before)
  return part({
    steps: [...copy.steps, edit],
    records: [...records, { kind: 'file', path: backup, mode: there.mode, sha256: sha256(fstabBytes(text)) }],
    diagnostics: [...diagnostics, ...copy.diagnostics],
  })
}
