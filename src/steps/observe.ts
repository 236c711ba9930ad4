// What the plan has to know of the machine, read once.
import path from 'node:path'
import { type Init, initOf } from '../system/init.ts'
import { type Mount, parseMountinfo } from '../system/mountinfo.ts'
import { isInstalled, programs } from '../system/programs.ts'
import type { Entry, System } from '../system/system.ts'
import { intendedName } from '../system/temporary.ts'
import { fstabText } from './fstab.ts'
import { type Group, observeGroups } from './groups.ts'
import { type Manifest, manifestPath, parseManifest, sha256 } from './manifest.ts'
import { ancestors, backupOf, fstabPath, newOf, savedOf, udftoolsMask, udftoolsRules } from './places.ts'
import type { StepOf } from './step.ts'
import type { Wanted } from './wanted.ts'

export type Observed = Entry & { sha256?: string }

export interface Observation {
  live: boolean
  /** What starts services on this machine, or in the image. */
  init: Init
  /** Every path the plan asks for. A link to a directory above a wanted path counts as the directory. */
  entries: ReadonlyMap<string, Observed>
  /** Latin-1 (fstab.ts), read through a link; undefined when there is no such file. */
  fstab?: string
  /** `unreadable`: something is there that is no manifest of ours. */
  manifest?: Manifest | 'newer' | 'unreadable'
  manifestText?: string
  /** Directories below /run/systemd/system with what pktw-hook adds to a mount unit when a disc goes in. */
  dropIns: readonly string[]
  /** What runs that were killed left at temporary names. */
  leftovers: readonly StepOf<'removeLeftover'>[]
  /** Of the running system. */
  mounts: readonly Mount[]
  groups: ReadonlyMap<string, Group>
  /** Mount points with something in them. */
  filled: readonly string[]
  /** Labels have to be restored (SELinux). */
  labels: boolean
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

async function observeEntry(system: System, p: string): Promise<Observed> {
  const entry = await system.inspect(p)
  if (entry.kind !== 'file') return entry
  const bytes = await system.read(p)
  return bytes === undefined ? { kind: 'absent' } : { ...entry, sha256: sha256(bytes) }
}

/** Temporary names beside these paths. A directory of somebody else is none of ours, whatever its name. */
async function observeLeftovers(system: System, paths: Iterable<string>): Promise<Observation['leftovers']> {
  const beside = new Map<string, Set<string>>()
  for (const p of paths) {
    const names = beside.get(path.dirname(p)) ?? new Set()
    beside.set(path.dirname(p), names.add(path.basename(p)))
  }
  const found: StepOf<'removeLeftover'>[] = []
  for (const [directory, names] of beside)
    for (const name of await system.list(directory)) {
      const intended = intendedName(name)
      if (intended === undefined || !names.has(intended)) continue
      const at = path.join(directory, name)
      const entry = await system.inspect(at)
      const theirs = entry.kind === 'directory' && entry.uid !== 0 && entry.uid !== system.uid
      if (entry.kind !== 'absent' && !theirs)
        found.push({ do: 'removeLeftover', path: at, directory: entry.kind === 'directory' })
    }
  return found
}

/** Reads what a plan for `wanted` needs; for uninstalling, nothing is wanted. Rejects as System does. */
export async function observe(system: System, wanted?: Wanted): Promise<Observation> {
  const manifestText = (await system.read(manifestPath))?.toString('utf8')
  const manifest = manifestText === undefined ? undefined : parseManifest(manifestText)
  const records = typeof manifest === 'object' ? manifest.records : []
  const mountPoints = wanted?.directories.map((d) => d.path) ?? []
  const files = [
    ...(wanted?.files.map((f) => f.path) ?? []),
    ...(wanted?.symlinks.map((s) => s.path) ?? []),
    ...records.map((r) => r.path),
    ...udftoolsRules,
    udftoolsMask,
    manifestPath,
    fstabPath,
  ]
  const paths = new Set(files.flatMap((p) => [p, backupOf(p), savedOf(p), newOf(p)]))
  const above = new Set([...files, ...mountPoints.map((p) => `${p}/x`)].flatMap(ancestors))
  const entries = new Map<string, Observed>()
  for (const p of paths) entries.set(p, await observeEntry(system, p))
  for (const p of above) {
    const entry = await system.inspect(p)
    const linked = entry.kind === 'symlink' && (await system.isDirectory(p))
    entries.set(p, linked ? { kind: 'directory', mode: 0o755, uid: 0, gid: 0 } : entry)
  }
  const fstabKind = entries.get(fstabPath)?.kind
  const fstab =
    fstabKind === 'file' || fstabKind === 'symlink'
      ? await system.read(fstabPath).catch(() => undefined)
      : undefined
  const mountinfo = system.live ? await system.read('/proc/self/mountinfo') : undefined
  const filled: string[] = []
  for (const p of mountPoints) if ((await system.list(p)).length > 0) filled.push(p)
  return {
    live: system.live,
    init: await initOf(system),
    entries,
    dropIns: await observeDropIns(system),
    leftovers: await observeLeftovers(system, [...paths, ...above]),
    groups: await observeGroups(system, wanted?.groups?.names ?? []),
    mounts: parseMountinfo(mountinfo?.toString('utf8') ?? ''),
    filled,
    labels: system.live && (await isInstalled(system, programs.restorecon)),
    ...(fstab === undefined ? {} : { fstab: fstabText(fstab) }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(manifestText === undefined ? {} : { manifestText }),
  }
}
