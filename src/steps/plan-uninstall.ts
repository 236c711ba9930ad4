// Pure: manifest and state → steps that take pktw away.
import type { Outcome } from '../diagnostics/diagnostic.ts'
import { discStateLink } from './disc-state.ts'
import { expectedAfter } from './expected.ts'
import { type ManifestRecord, manifestPath } from './manifest.ts'
import { manifestProblem } from './manifest-problem.ts'
import { dropInName, type Observation } from './observe.ts'
import { ancestors } from './places.ts'
import { labelSteps } from './plan-install.ts'
import { planRemoval } from './plan-removal.ts'
import type { Step } from './step.ts'

/** Patterns, since a pattern that no loaded unit fits is no error. */
export const ourUnits: readonly string[] = [
  'pktw@*.service',
  'pktw-spare@*.service',
  'pktw-prepare@*.service',
  'pktw-eject@*.service',
  'pktw-unmap@*.service',
  'pktw-look@*.service',
  'pktw-lost@*.service',
  'pktw-nbd@*',
  'pktw-inhibit@*',
  'pktw-seat.*',
  'pktw*.target',
  'pktwd.*',
]

/** systemd makes one for the instances of each template, and keeps it. After the units: the end of pktw@ starts pktw-lost@. */
export const ourSlices = 'system-pktw*.slice'

/** The directories of the manifest that are ours, outermost first, down to the one that it is in. */
function ownChain(records: readonly ManifestRecord[]): string[] {
  const ours = new Set(records.flatMap((r) => (r.kind === 'directory' ? [r.path] : [])))
  const above = ancestors(manifestPath)
  const foreign = above.findLastIndex((p) => !ours.has(p))
  return above.slice(foreign + 1)
}

/** An empty plan when nothing is installed. The discs are let go first, the manifest goes last. */
export function planUninstall(seen: Observation): Outcome<Step[]> {
  const { manifest } = seen
  if (manifest === 'unreadable' || manifest === 'newer') return { diagnostics: [manifestProblem(manifest)] }
  if (manifest === undefined) return { value: [...seen.leftovers], diagnostics: [] }
  const chain = ownChain(manifest.records)
  const removal = planRemoval(
    manifest.records.filter((r) => !(r.kind === 'directory' && ancestors(manifestPath).includes(r.path))),
    seen,
  )
  const systemd = seen.live && seen.init === 'systemd'
  const dropIns = seen.dropIns.flatMap((path): Step[] => [
    { do: 'removeFile', path: `${path}/${dropInName}` },
    { do: 'removeDirectory', path },
  ])
  const expected = expectedAfter([...seen.leftovers, ...removal.steps])
  const steps: Step[] = [
    ...(systemd ? [{ do: 'stopUnits', patterns: [...ourUnits] } satisfies Step] : []),
    ...seen.leftovers,
    ...removal.steps,
    ...labelSteps(removal.steps, seen),
    ...dropIns,
    ...(systemd
      ? ([
          { do: 'reloadSystemd' },
          { do: 'reloadBus' },
          { do: 'stopUnits', patterns: [ourSlices] },
        ] satisfies Step[])
      : []),
    ...(seen.live
      ? ([
          { do: 'reloadUdev' },
          { do: 'giveBackDrives' },
          { do: 'removeRuntime', path: '/run/pktw' },
          { do: 'removeDiscState', path: discStateLink },
          { do: 'triggerDrives' },
        ] satisfies Step[])
      : []),
    ...(expected.length > 0 ? ([{ do: 'verify', expected }] satisfies Step[]) : []),
    { do: 'end', directories: chain },
  ]
  return { value: steps, diagnostics: removal.diagnostics }
}
