// /var/lib/pktw/manifest.json: what install put on the machine, so that uninstall can take exactly that away.
import { createHash } from 'node:crypto'
import { isGroupName } from '../settings/checks.ts'

const stateDirectory = '/var/lib/pktw'
export const manifestPath = `${stateDirectory}/manifest.json`

export type ManifestRecord =
  | {
      kind: 'file'
      path: string
      mode: number
      sha256: string
      /** The hash of our own older file, while a newer one takes its place: the machine may die in between. */
      was?: string
      /** Where the file that was there before lies; uninstall puts it back. */
      backup?: string
      /** The hash of that file: once it is in its place again, it is nobody's but its owner's. */
      original?: string
      /** It is there for being edited. */
      editable?: true
    }
  | { kind: 'symlink'; path: string; target: string }
  | { kind: 'directory'; path: string; mode: number }
  | {
      kind: 'fstab'
      path: string
      /** The line, Latin-1 as in fstab.ts. */
      line: string
      /** There was no such file before. */
      created: boolean
    }
  /** Made by us; `path` is where groups are written down. */
  | { kind: 'group'; path: string; name: string }

/** What a record is of: there is one of each. */
export const keyOf = (record: ManifestRecord): string =>
  record.kind === 'fstab' ? record.line : record.kind === 'group' ? `group ${record.name}` : record.path

export interface Manifest {
  version: 2
  /** Version of pktw that installed it; absent: one before it was written down. */
  by?: string
  /** `under-way` from the first change until the last program has read its files again. */
  state: 'under-way' | 'installed'
  records: ManifestRecord[]
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** True when the bytes with this hash are ours by the record. */
export const isOurs = (record: ManifestRecord & { kind: 'file' }, hash: string | undefined): boolean =>
  hash !== undefined && (hash === record.sha256 || hash === record.was)

/** The records once everything is in place. */
export const settled = (records: readonly ManifestRecord[]): ManifestRecord[] =>
  records.map((record) => {
    if (record.kind !== 'file') return record
    const { was: _, ...rest } = record
    return rest
  })

const order = (record: ManifestRecord): string => `${record.path}\0${keyOf(record)}`

/** The text of the manifest: sorted, without a date, so that the same installation has the same bytes. */
export function formatManifest({ by, state, records }: Omit<Manifest, 'version'>): string {
  const sorted = [...records].sort((a, b) => (order(a) < order(b) ? -1 : 1))
  const manifest: Manifest = { version: 2, ...(by === undefined ? {} : { by }), state, records: sorted }
  return `${JSON.stringify(manifest, null, 2)}\n`
}

interface Unchecked {
  kind?: unknown
  path?: unknown
  mode?: unknown
  sha256?: unknown
  was?: unknown
  backup?: unknown
  original?: unknown
  target?: unknown
  line?: unknown
  created?: unknown
  name?: unknown
}

const isRecord = (value: unknown): value is ManifestRecord => {
  if (typeof value !== 'object' || value === null) return false
  const r = value as Unchecked
  if (typeof r.path !== 'string' || !r.path.startsWith('/')) return false
  const backupFits = r.backup === undefined || r.backup === `${r.path}.pktw-backup`
  switch (r.kind) {
    case 'file':
      return (
        typeof r.sha256 === 'string' &&
        typeof r.mode === 'number' &&
        (r.was === undefined || typeof r.was === 'string') &&
        (r.original === undefined || typeof r.original === 'string') &&
        backupFits
      )
    case 'symlink':
      return typeof r.target === 'string'
    case 'directory':
      return typeof r.mode === 'number'
    case 'fstab':
      return typeof r.line === 'string' && typeof r.created === 'boolean'
    case 'group':
      return typeof r.name === 'string' && isGroupName(r.name)
    default:
      return false
  }
}

/** What the first version wrote: no state; a hash of before means that it did not get to its end. */
const fromFirst = (records: ManifestRecord[]): Manifest => ({
  version: 2,
  state: records.some((r) => r.kind === 'file' && r.was !== undefined) ? 'under-way' : 'installed',
  records,
})

/**
 * The manifest in today's form, whichever version wrote it. `newer`: a version of pktw wrote it that comes after this
 * one. `unreadable`: it is none.
 */
export function parseManifest(text: string): Manifest | 'newer' | 'unreadable' {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'unreadable'
  }
  if (typeof value !== 'object' || value === null) return 'unreadable'
  const { version, by, state, records } = value as Record<string, unknown>
  if (typeof version === 'number' && version > 2) return 'newer'
  if (!Array.isArray(records) || !records.every(isRecord)) return 'unreadable'
  if (version === 1) return fromFirst(records)
  if (version !== 2 || (state !== 'under-way' && state !== 'installed')) return 'unreadable'
  if (by !== undefined && typeof by !== 'string') return 'unreadable'
  return { version, ...(by === undefined ? {} : { by }), state, records }
}
