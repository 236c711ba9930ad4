// pktw uninstall
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Stop, stopOnErrors } from '../diagnostics/stop.ts'
import { stackedProblem } from '../disc/disc-holders.ts'
import { mappedDrives, mountsOfDevice } from '../disc/mapped-drives.ts'
import { planUninstall } from '../steps/plan-uninstall.ts'
import { holdersOf } from '../system/holders.ts'
import type { System } from '../system/system.ts'
import { alone, applyPlan, look, needRoot, systemAt } from './apply.ts'
import type { UninstallOptions } from './options.ts'

/** A disc that a program uses would be cut off: that is told before anything is touched. */
export async function busyDiscs(system: System): Promise<Diagnostic[]> {
  const found: Diagnostic[] = []
  for (const { drive, device } of await mappedDrives(system)) {
    found.push(...(await stackedProblem(system, drive, [device], 'unmap')))
    for (const { target } of await mountsOfDevice(system, device))
      for (const { command, pid, file } of await holdersOf(target))
        found.push(diagnose('install.disc-in-use', { command, pid, file, target }))
  }
  return found
}

async function takeAway(system: System, options: UninstallOptions, notes: Diagnostic[]): Promise<number> {
  const { value: steps, diagnostics } = planUninstall(await look(system))
  if (steps === undefined) throw new Stop(diagnostics)
  if (system.live && steps.length > 0 && !options.dryRun) stopOnErrors(await busyDiscs(system))
  return applyPlan(
    system,
    {
      steps,
      diagnostics: [...notes, ...diagnostics],
      nothing: 'nothing to do: pktw install has not installed anything here',
      question: 'Do this?',
      done: 'pktw is uninstalled.',
    },
    options,
  )
}

/** Gives the exit code; throws Stop. */
export async function uninstall(options: UninstallOptions): Promise<number> {
  const system = systemAt(options.root)
  needRoot(system, options.dryRun)
  return alone(system, options.dryRun, (notes) => takeAway(system, options, notes))
}
