// Pure: what differs on disk from what the manifest says.
import { editedEntry, hasLine } from './fstab.ts'
import { isOurs, type ManifestRecord } from './manifest.ts'
import type { Observation, Observed } from './observe.ts'

export interface Difference {
  path: string
  /** `absent`: gone. `changed`: other bytes. `mode`: other permissions. `kind`: something else is in its place. `line`: not in it. `edited`: as it is there for. */
  what: 'edited' | 'absent' | 'changed' | 'mode' | 'kind' | 'line'
  /** In words, for people. */
  detail: string
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

function differenceOf(
  record: ManifestRecord,
  there: Observed,
  { fstab = '', groups }: Observation,
): Difference | undefined {
  const { path } = record
  const differs = (what: Difference['what'], detail: string): Difference => ({ path, what, detail })
  if (record.kind === 'fstab') {
    if (hasLine(fstab, record.line)) return undefined
    const edited = editedEntry(fstab, record.line)
    return edited === undefined
      ? differs('line', `without the line: ${record.line}`)
      : differs('changed', `its line was changed: ${edited.text}`)
  }
  if (record.kind === 'group')
    return groups.has(record.name) ? undefined : differs('line', `without the group ${record.name}`)
  if (there.kind === 'absent') return differs('absent', 'is gone')
  if (there.kind !== record.kind) return differs('kind', `is a ${there.kind}, not a ${record.kind}`)
  if (record.kind === 'symlink' && there.kind === 'symlink' && there.target !== record.target)
    return differs('changed', `leads to ${there.target}, not to ${record.target}`)
  if (record.kind !== 'file' || there.kind !== 'file') return undefined
  if (!isOurs(record, there.sha256))
    return record.editable
      ? differs('edited', 'was edited, which it is for')
      : differs('changed', 'was changed')
  if (record.editable) return undefined
  return there.mode === record.mode
    ? undefined
    : differs('mode', `has mode ${octal(there.mode)}, not ${octal(record.mode)}`)
}

/** In the order of the manifest, which is by path. None when there is no manifest. */
export function differences(seen: Observation): Difference[] {
  if (typeof seen.manifest !== 'object') return []
  return seen.manifest.records.flatMap(
    (r) => differenceOf(r, seen.entries.get(r.path) ?? { kind: 'absent' }, seen) ?? [],
  )
}
