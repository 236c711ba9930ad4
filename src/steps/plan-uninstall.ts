// Pure: manifest and state → steps that take pktw away.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'
import { discStateLink } from './disc-state.ts'
import { manifestPath, stateDirectory } from './manifest.ts'
import { dropInName, type Observation } from './observe.ts'
import { planRemoval } from './plan-removal.ts'
import type { Step } from './step.ts'

/** Patterns, since a pattern that no loaded unit fits is no error. */
export const ourUnits: readonly string[] = [
  'pktw@*.service',
  'pktw-eject@*.service',
  'pktw-look@*.service',
  'pktw-lost@*.service',
  'pktw-nbd@*',
  'pktw-seat.*',
]

/** An empty plan when nothing is installed. The discs are let go first, the manifest goes last. */
export function planUninstall(seen: Observation): Outcome<Step[]> {
  if (seen.manifest === 'unreadable')
    return { diagnostics: [diagnose('install.manifest-unreadable', { path: manifestPath })] }
  if (seen.manifest === undefined) return { value: [], diagnostics: [] }
  const ofState = (p: string): boolean => p === stateDirectory || stateDirectory.startsWith(`${p}/`)
  const removal = planRemoval(
    seen.manifest.records.filter((r) => !ofState(r.path)),
    seen,
  )
  const state = planRemoval(
    seen.manifest.records.filter((r) => ofState(r.path)),
    seen,
  )
  const systemd = seen.live && seen.systemd
  const steps: Step[] = [
    ...(systemd ? [{ do: 'stopUnits', patterns: [...ourUnits] } satisfies Step] : []),
    ...removal.steps,
    ...seen.dropIns.flatMap((path): Step[] => [
      { do: 'removeFile', path: `${path}/${dropInName}` },
      { do: 'removeDirectory', path },
    ]),
    ...(systemd ? [{ do: 'reloadSystemd' } satisfies Step] : []),
    ...(seen.live
      ? ([
          { do: 'reloadUdev' },
          { do: 'removeRuntime', path: '/run/pktw' },
          { do: 'removeDiscState', path: discStateLink },
          { do: 'triggerDrives' },
        ] satisfies Step[])
      : []),
    { do: 'removeFile', path: manifestPath },
    ...state.steps,
  ]
  return { value: steps, diagnostics: [...removal.diagnostics, ...state.diagnostics] }
}
