// Pure: what is wanted and what is there → the steps that differ. A second install has none.
import { diagnose } from '../diagnostics/catalogue.ts'
import { type Diagnostic, hasErrors, type Outcome } from '../diagnostics/diagnostic.ts'
import { formatManifest, type ManifestRecord, manifestPath, settled } from './manifest.ts'
import { ancestors, fstabPath, type Observation, udftoolsMask, udftoolsRules } from './observe.ts'
import { type Before, type Part, part, planFile, planLink } from './plan-file.ts'
import { planFstab } from './plan-fstab.ts'
import { planRemoval } from './plan-removal.ts'
import type { Step } from './step.ts'
import type { Wanted } from './wanted.ts'

/** udftools' rule would run pktsetup for every disc that we take. */
function planMask(before: Before): Part {
  const rules = udftoolsRules.find((p) => before.at(p).kind !== 'absent')
  if (rules === undefined) return part({})
  const there = before.at(udftoolsMask)
  const masked = there.kind === 'symlink' && there.target === '/dev/null'
  if (there.kind !== 'absent' && !masked)
    return part({ diagnostics: [diagnose('install.udftools-not-masked', { mask: udftoolsMask })] })
  const link = { path: udftoolsMask, target: '/dev/null', about: 'masks the pktsetup rule of udftools' }
  const made = planLink(link, before)
  const said =
    made.steps.length === 0 ? [] : [diagnose('install.masks-udftools', { rules, mask: udftoolsMask })]
  return { ...made, diagnostics: [...made.diagnostics, ...said] }
}

/** The directories above what is made, and the mount points: those that are missing, and those that are ours. */
function planDirectories(wanted: Wanted, paths: readonly string[], before: Before): Part {
  const about = new Map(wanted.directories.map((d) => [d.path, d]))
  const needed = [
    ...new Set([
      ...paths.flatMap(ancestors),
      ...wanted.directories.flatMap((d) => [...ancestors(d.path), d.path]),
    ]),
  ]
  const result = part({})
  for (const path of needed) {
    const there = before.at(path)
    const mode = about.get(path)?.mode ?? 0o755
    const record: ManifestRecord = { kind: 'directory', path, mode }
    if (there.kind === 'absent') {
      result.steps.push({ do: 'makeDirectory', path, mode, about: about.get(path)?.about ?? '' })
      result.records.push(record)
    } else if (there.kind !== 'directory')
      result.diagnostics.push(diagnose('install.not-a-directory', { path }))
    else if (before.record(path)?.kind === 'directory') result.records.push(record)
  }
  return result
}

const manifestStep = (text: string, there: boolean): Step => ({
  do: 'writeFile',
  path: manifestPath,
  mode: 0o644,
  bytes: Buffer.from(text),
  change: there ? 'replace' : 'create',
  about: 'what uninstall takes away',
})

const liveSteps = (wanted: Wanted, seen: Observation): Step[] => [
  ...(seen.systemd ? wanted.tmpfiles.map((path): Step => ({ do: 'createTmpfiles', path })) : []),
  ...(wanted.modules.length > 0 ? ([{ do: 'loadModules', names: wanted.modules }] satisfies Step[]) : []),
  ...(seen.systemd ? ([{ do: 'reloadSystemd' }] satisfies Step[]) : []),
  { do: 'reloadUdev' },
  { do: 'triggerDrives' },
]

/**
 * Steps in the order in which they are safe: the manifest before the files, so that even a machine that dies half
 * way can be uninstalled, and what an older installation had and this one has not, last. No value when there are
 * errors.
 */
export function planInstall(wanted: Wanted, seen: Observation): Outcome<Step[]> {
  if (seen.manifest === 'unreadable')
    return { diagnostics: [diagnose('install.manifest-unreadable', { path: manifestPath })] }
  const old = seen.manifest?.records ?? []
  const byPath = new Map(old.filter((r) => r.kind !== 'fstab').map((r) => [r.path, r]))
  const before: Before = {
    at: (p) => seen.entries.get(p) ?? { kind: 'absent' },
    record: (p) => byPath.get(p),
  }
  const things = [
    ...wanted.files.map((f) => planFile(f, before)),
    ...wanted.symlinks.map((l) => planLink(l, before)),
    planFstab(
      wanted.fstabLines,
      wanted.mountPoints,
      seen.fstab,
      old.filter((r) => r.kind === 'fstab'),
      before,
    ),
    planMask(before),
  ]
  const touched = things.flatMap((p) => p.records.map((r) => r.path)).filter((p) => p !== fstabPath)
  const directories = planDirectories(wanted, [...touched, manifestPath], before)
  const records = [directories, ...things].flatMap((p) => p.records)
  const keys = new Set(records.map((r) => (r.kind === 'fstab' ? r.line : r.path)))
  const obsolete = old.filter((r) => !keys.has(r.kind === 'fstab' ? r.line : r.path))
  const removal = planRemoval(obsolete, seen)

  const diagnostics: Diagnostic[] = [directories, ...things, removal].flatMap((p) => p.diagnostics)
  if (hasErrors(diagnostics)) return { diagnostics }
  const work = things.flatMap((p) => p.steps)
  const changes = [...directories.steps, ...work, ...removal.steps]
  const first = formatManifest([...records, ...obsolete])
  const last = formatManifest(settled(records))
  if (changes.length === 0 && seen.manifestText === last) return { value: [], diagnostics }
  const ofManifest = (s: Step): boolean =>
    s.do === 'makeDirectory' && ancestors(manifestPath).includes(s.path)
  const steps: Step[] = [
    ...directories.steps.filter(ofManifest),
    ...(seen.manifestText === first ? [] : [manifestStep(first, seen.manifestText !== undefined)]),
    ...directories.steps.filter((s) => !ofManifest(s)),
    ...work,
    ...removal.steps,
    ...(first === last ? [] : [manifestStep(last, true)]),
  ]
  if (!seen.live) return { value: steps, diagnostics }
  if (!seen.systemd) diagnostics.push(diagnose('install.no-systemd'))
  return { value: [...steps, ...liveSteps(wanted, seen)], diagnostics }
}
