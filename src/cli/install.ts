// pktw install
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic, Outcome } from '../diagnostics/diagnostic.ts'
import { Stop, stopOnErrors } from '../diagnostics/stop.ts'
import { planInstall } from '../steps/plan-install.ts'
import { missingPrograms, packageOf, programs } from '../system/programs.ts'
import type { System } from '../system/system.ts'
import { alone, applyPlan, look, needRoot, systemAt } from './apply.ts'
import type { InstallOptions } from './options.ts'
import { wantedOf } from './wanted-of.ts'

/** Adds to `found` and throws Stop with all of it when there is no value. */
function takeWith<T>(outcome: Outcome<T>, found: Diagnostic[]): T {
  found.push(...outcome.diagnostics)
  stopOnErrors(found)
  if (outcome.value === undefined) throw new Stop(found)
  return outcome.value
}

async function bringAbout(
  system: System,
  options: InstallOptions,
  version: string,
  notes: Diagnostic[],
): Promise<number> {
  const diagnostics = [...notes]
  const wanted = { ...takeWith(await wantedOf(system, options), diagnostics), by: version }
  for (const program of await missingPrograms(system))
    diagnostics.push(
      diagnose('install.missing-program', { program: programs[program], package: packageOf[program] }),
    )
  const steps = takeWith(
    planInstall({ ...wanted, overwrite: options.overwrite }, await look(system, wanted)),
    diagnostics,
  )
  return applyPlan(
    system,
    {
      steps,
      diagnostics,
      nothing: 'nothing to do: pktw is installed as the settings ask for',
      question: 'Do this?',
      done: system.live
        ? 'pktw is installed. Put a disc in; pktw status tells what becomes of it.'
        : `pktw is installed in ${system.root}.`,
    },
    options,
  )
}

/** Gives the exit code; throws Stop. */
export async function install(options: InstallOptions, version: string): Promise<number> {
  const system = systemAt(options.root)
  needRoot(system, options.dryRun)
  return alone(system, options.dryRun, (notes) => bringAbout(system, options, version, notes))
}
