// What the plan has to know of the machine, read once.
import path from 'node:path'
import type { Entry, System } from '../system/system.ts'
import { fstabText } from './fstab.ts'
import { type Manifest, manifestPath, parseManifest, sha256 } from './manifest.ts'
import type { Wanted } from './wanted.ts'

export type Observed = Entry & { sha256?: string }

export interface Observation {
  live: boolean
  /** systemd runs this machine (sd_booted(3)). */
  systemd: boolean
  /** Every path the plan asks for. A link to a directory above a wanted path counts as the directory. */
  entries: ReadonlyMap<string, Observed>
  /** Latin-1 (fstab.ts); undefined when there is no such file. */
  fstab?: string
  /** `unreadable`: something is there that is no manifest of ours. */
  manifest?: Manifest | 'unreadable'
  manifestText?: string
  /** Directories below /run/systemd/system with what pktw-hook adds to a mount unit when a disc goes in. */
  dropIns: readonly string[]
}

const runtimeUnits = '/run/systemd/system'
/** What pktw-hook calls its addition to a mount unit. */
export const dropInName = '50-pktw.conf'

async function observeDropIns(system: System): Promise<string[]> {
  const found: string[] = []
  for (const name of system.live ? await system.list(runtimeUnits) : []) {
    const directory = `${runtimeUnits}/${name}`
    if (name.endsWith('.mount.d') && (await system.list(directory)).includes(dropInName))
      found.push(directory)
  }
  return found
}

export const fstabPath = '/etc/fstab'
export const backupOf = (p: string): string => `${p}.pktw-backup`
/** Where a file goes that was changed since we wrote it. */
export const savedOf = (p: string): string => `${p}.pktw-saved`

/** udftools' own rule, by the directories that udev(7) reads below /etc. */
export const udftoolsRules = [
  '/usr/lib/udev/rules.d/80-pktsetup.rules',
  '/lib/udev/rules.d/80-pktsetup.rules',
] as const
export const udftoolsMask = '/etc/udev/rules.d/80-pktsetup.rules'

const ancestors = (p: string): string[] => {
  const above: string[] = []
  for (let at = path.dirname(p); at !== '/'; at = path.dirname(at)) above.unshift(at)
  return above
}

export { ancestors }

async function observeEntry(system: System, p: string): Promise<Observed> {
  const entry = await system.inspect(p)
  if (entry.kind !== 'file') return entry
  const bytes = await system.read(p)
  return bytes === undefined ? { kind: 'absent' } : { ...entry, sha256: sha256(bytes) }
}

/** Reads what a plan for `wanted` needs; for uninstalling, nothing is wanted. Rejects as System does. */
export async function observe(system: System, wanted?: Wanted): Promise<Observation> {
  const manifestBytes = await system.read(manifestPath)
  const manifestText = manifestBytes?.toString('utf8')
  const manifest = manifestText === undefined ? undefined : (parseManifest(manifestText) ?? 'unreadable')
  const records = manifest === undefined || manifest === 'unreadable' ? [] : manifest.records
  const files = [
    ...(wanted?.files.map((f) => f.path) ?? []),
    ...(wanted?.symlinks.map((s) => s.path) ?? []),
    ...records.map((r) => r.path),
    ...udftoolsRules,
    udftoolsMask,
    manifestPath,
    fstabPath,
  ]
  const paths = new Set(files.flatMap((p) => [p, backupOf(p), savedOf(p)]))
  const above = new Set(
    [...files, ...(wanted?.directories.map((d) => `${d.path}/x`) ?? [])].flatMap(ancestors),
  )
  const entries = new Map<string, Observed>()
  for (const p of paths) entries.set(p, await observeEntry(system, p))
  for (const p of above) {
    const entry = await system.inspect(p)
    const linked = entry.kind === 'symlink' && (await system.isDirectory(p))
    entries.set(p, linked ? { kind: 'directory', mode: 0o755, uid: 0, gid: 0 } : entry)
  }
  const fstab = entries.get(fstabPath)?.kind === 'file' ? await system.read(fstabPath) : undefined
  return {
    live: system.live,
    systemd: await system.isDirectory('/run/systemd/system'),
    entries,
    dropIns: await observeDropIns(system),
    ...(fstab === undefined ? {} : { fstab: fstabText(fstab) }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(manifestText === undefined ? {} : { manifestText }),
  }
}
