// pktw install
import type { Layout } from '../artifacts/artifact.ts'
import { generate } from '../artifacts/generate.ts'
import { layouts } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic, Outcome } from '../diagnostics/diagnostic.ts'
import { Stop, stopOnErrors } from '../diagnostics/stop.ts'
import type { Template } from '../render/render.ts'
import { loadTemplates } from '../render/templates.ts'
import { parseSettings } from '../settings/parse.ts'
import { describeStep } from '../steps/describe.ts'
import { planInstall } from '../steps/plan-install.ts'
import { type Wanted, wantedFrom } from '../steps/wanted.ts'
import { readPrograms } from '../system/bundle.ts'
import { missingPrograms, packageOf, programs } from '../system/programs.ts'
import type { System } from '../system/system.ts'
import { applyPlan, look, needRoot, systemAt } from './apply.ts'
import { chooseNode } from './node.ts'
import type { InstallOptions } from './options.ts'
import { readSettingsText } from './settings-file.ts'

const overrides = '/etc/pktw/templates'

/** Our templates, and in place of them those that the administrator put below /etc/pktw/templates. */
async function templatesOf(system: System): Promise<Map<string, Template>> {
  const templates = new Map(loadTemplates())
  for (const name of templates.keys()) {
    const file = `${overrides}/${name}.hbs`
    const bytes = await system.read(file)
    if (bytes !== undefined) templates.set(name, { name, file, text: bytes.toString('utf8') })
  }
  return templates
}

/** Adds to `found` and throws Stop with all of it when there is no value. */
function take<T>(outcome: Outcome<T>, found: Diagnostic[]): T {
  found.push(...outcome.diagnostics)
  stopOnErrors(found)
  if (outcome.value === undefined) throw new Stop(found)
  return outcome.value
}

async function wantedOf(system: System, options: InstallOptions, found: Diagnostic[]): Promise<Wanted> {
  const bundled = take(await readPrograms(), found)
  const source = take(await readSettingsText(system, options), found)
  const settings = take(parseSettings(source.text, source.file), found)
  const node = take(await chooseNode(system, options.node), found)
  const layout: Layout = { ...layouts.local, node }
  const artifacts = take(generate(settings, layout, await templatesOf(system)), found)
  return wantedFrom({ settings, settingsText: source.text, artifacts, programs: bundled, layout })
}

/** Gives the exit code; throws Stop. */
export async function install(options: InstallOptions): Promise<number> {
  const system = systemAt(options.root)
  needRoot(system, options.dryRun)
  const diagnostics: Diagnostic[] = []
  const wanted = await wantedOf(system, options, diagnostics)
  for (const program of await missingPrograms(system))
    diagnostics.push(
      diagnose('install.missing-program', { program: programs[program], package: packageOf[program] }),
    )
  const steps = take(planInstall(wanted, await look(system, wanted)), diagnostics)

  const verify = async (): Promise<Diagnostic[]> => {
    const again = planInstall(wanted, await look(system, wanted))
    const left = again.value?.map((step) =>
      diagnose('install.verify-failed', { step: describeStep(step).text }),
    )
    return left ?? again.diagnostics
  }
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
    verify,
  )
}
