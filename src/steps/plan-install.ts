// Pure: what is wanted and what is there → the steps that differ. A second install has none.
import { diagnose } from '../diagnostics/catalogue.ts'
import { type Diagnostic, hasErrors, type Outcome } from '../diagnostics/diagnostic.ts'
import { expectedAfter } from './expected.ts'
import { planGroups } from './groups.ts'
import { formatManifest, keyOf, type ManifestRecord, manifestPath, settled } from './manifest.ts'
import { manifestProblem } from './manifest-problem.ts'
import type { Observation } from './observe.ts'
import { ancestors, udftoolsMask, udftoolsRules } from './places.ts'
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

const firstAbout = 'what uninstall takes away'
const lastAbout = 'that it is installed'

const manifestStep = (text: string, there: boolean, about: string): Step => ({
  do: 'writeFile',
  path: manifestPath,
  mode: 0o644,
  bytes: Buffer.from(text),
  change: there ? 'replace' : 'create',
  about,
})

const liveSteps = (wanted: Wanted, seen: Observation): Step[] => {
  const systemd = seen.init === 'systemd'
  return [
    ...(systemd ? wanted.tmpfiles.map((path): Step => ({ do: 'createTmpfiles', path })) : []),
    ...(wanted.modules.length > 0 ? ([{ do: 'loadModules', names: wanted.modules }] satisfies Step[]) : []),
    // The bus after systemd, which it has start pktwd.
    ...(systemd ? ([{ do: 'reloadSystemd' }, { do: 'reloadBus' }] satisfies Step[]) : []),
    { do: 'reloadUdev' },
    { do: 'triggerDrives' },
  ]
}

/** What stands on the mount points, and in them. */
function mountPointProblems(wanted: Wanted, seen: Observation): Diagnostic[] {
  const points = wanted.directories.map((d) => d.path)
  const inUse = seen.mounts.filter((m) => points.includes(m.target))
  // A disc of ours is what it is for; an automount of systemd's waits for one.
  const foreign = inUse.filter((m) => !/^\/dev\/(nbd|pktcdvd|pktw|sr)/.test(m.source) && m.type !== 'autofs')
  const filled = seen.filled.filter((target) => !inUse.some((m) => m.target === target))
  return [
    ...foreign.map(({ source, target }) => diagnose('install.mount-point-in-use', { source, target })),
    ...filled.map((target) => diagnose('install.mount-point-filled', { target })),
  ]
}

/** Paths that get new labels with them: what is made or changed, and not what lies below it. */
const labelled = (steps: readonly Step[]): string[] =>
  steps.flatMap((s) =>
    s.do === 'begin'
      ? [...s.directories, manifestPath]
      : ['writeFile', 'makeSymlink', 'makeDirectory', 'restore', 'backUp', 'editFstab'].includes(s.do) &&
          'path' in s
        ? ['backup' in s && s.do === 'backUp' ? s.backup : s.path]
        : [],
  )

/** Restores the labels of what the steps make, where there are labels. */
export const labelSteps = (steps: readonly Step[], seen: Observation): Step[] => {
  const paths = [...new Set(labelled(steps))]
  return seen.labels && paths.length > 0 ? [{ do: 'restoreLabels', paths }] : []
}

/** The manifest's text before and after the work, and the step that writes the first. */
function planManifest(input: { seen: Observation; first: string; directories: readonly Step[] }): {
  steps: Step[]
  chain: string[]
} {
  const { seen, first } = input
  const made = input.directories.flatMap((s) => (s.do === 'makeDirectory' ? [s.path] : []))
  const chain = ancestors(manifestPath).filter((p) => made.includes(p))
  if (chain.length > 0)
    return {
      chain,
      steps: [{ do: 'begin', directories: chain, bytes: Buffer.from(first), about: firstAbout }],
    }
  return {
    chain,
    steps:
      seen.manifestText === first ? [] : [manifestStep(first, seen.manifestText !== undefined, firstAbout)],
  }
}

/**
 * Steps in the order in which they are safe: the manifest before the files, so that even a machine that dies half
 * way can be uninstalled, and what an older installation had and this one has not, last. Once all is there and in effect, the
 * manifest says so. No value when there are errors.
 */
export function planInstall(wanted: Wanted, seen: Observation): Outcome<Step[]> {
  const { manifest } = seen
  if (manifest === 'unreadable' || manifest === 'newer') return { diagnostics: [manifestProblem(manifest)] }
  const old = manifest?.records ?? []
  const own = (r: ManifestRecord): boolean => r.kind !== 'fstab' && r.kind !== 'group'
  const byPath = new Map(old.filter(own).map((r) => [r.path, r]))
  const before: Before = {
    at: (p) => seen.entries.get(p) ?? { kind: 'absent' },
    record: (p) => byPath.get(p),
    underWay: manifest?.state === 'under-way',
    overwrite: wanted.overwrite === true,
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
    planGroups(wanted, seen, old),
  ]
  const touched = things.flatMap((p) => p.records.filter(own).map((r) => r.path))
  const directories = planDirectories(wanted, [...touched, manifestPath], before)
  const records = [directories, ...things].flatMap((p) => p.records)
  const keys = new Set(records.map(keyOf))
  const obsolete = old.filter((r) => !keys.has(keyOf(r)))
  const removal = planRemoval(obsolete, seen)

  const diagnostics: Diagnostic[] = [
    ...[directories, ...things, removal].flatMap((p) => p.diagnostics),
    ...mountPointProblems(wanted, seen),
  ]
  if (hasErrors(diagnostics)) return { diagnostics }
  const by = wanted.by === undefined ? {} : { by: wanted.by }
  const first = formatManifest({ ...by, state: 'under-way', records: [...records, ...obsolete] })
  const last = formatManifest({ ...by, state: 'installed', records: settled(records) })
  const work = [...things.flatMap((p) => p.steps), ...removal.steps]
  const done = directories.steps.length + work.length === 0
  if (done && seen.manifestText === last) return { value: [...seen.leftovers], diagnostics }
  // Only written down in another way, or by another version.
  if (done && manifest?.state === 'installed')
    return { value: [...seen.leftovers, manifestStep(last, true, lastAbout)], diagnostics }

  const begun = planManifest({ seen, first, directories: directories.steps })
  const rest = directories.steps.filter((s) => !(s.do === 'makeDirectory' && begun.chain.includes(s.path)))
  const changes: Step[] = [...seen.leftovers, ...begun.steps, ...rest, ...work]
  const expected = expectedAfter([...seen.leftovers, ...rest, ...work])
  return {
    value: [
      ...changes,
      ...labelSteps(changes, seen),
      ...(expected.length > 0 ? ([{ do: 'verify', expected }] satisfies Step[]) : []),
      ...(seen.live ? liveSteps(wanted, seen) : []),
      manifestStep(last, true, lastAbout),
    ],
    diagnostics,
  }
}
