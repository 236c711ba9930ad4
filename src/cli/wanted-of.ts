// What has to be on a system for its settings: bundle, settings file, templates and layout put together.
import { existsSync } from 'node:fs'
import type { Artifact, Layout } from '../artifacts/artifact.ts'
import { documents } from '../artifacts/documents.ts'
import { generate } from '../artifacts/generate.ts'
import { layouts } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { type Diagnostic, hasErrors, type Outcome } from '../diagnostics/diagnostic.ts'
import { locateSetting, parseSettings } from '../settings/parse.ts'
import { type Wanted, wantedFrom } from '../steps/wanted.ts'
import { readPrograms } from '../system/bundle.ts'
import { initOf } from '../system/init.ts'
import type { System } from '../system/system.ts'
import { layoutFor } from './layout-for.ts'
import { chooseNode } from './node.ts'
import { templatesOf } from './override-templates.ts'
import { readSettingsText } from './settings-file.ts'

/** What is of use without systemd: the rules, which tell what a disc is, what to do with modules, and what people read. */
const withoutSystemd = new Set([
  'udev-rules',
  'modules-load',
  'modprobe',
  'compiled-settings',
  ...documents.map((row) => row.kind),
])

export interface WantedOptions {
  config: string | undefined
  mount: string | undefined
  where: string | undefined
  node: string | undefined
}

/**
 * All problems on the way are in the outcome; there is no value when one is an error. `bundle`: where the programs lie; beside
 * the running one if not given.
 */
export async function wantedOf(
  system: System,
  options: WantedOptions,
  bundle?: string,
): Promise<Outcome<Wanted>> {
  const diagnostics: Diagnostic[] = []
  const use = <T>(outcome: Outcome<T>): T | undefined => {
    diagnostics.push(...outcome.diagnostics)
    return outcome.value
  }
  const programs = use(await readPrograms(bundle))
  const source = programs && use(await readSettingsText(system, options))
  const settings = source && use(parseSettings(source.text, source.file))
  const node = settings && use(await chooseNode(system, options.node))
  if (programs === undefined || source === undefined || settings === undefined || node === undefined)
    return { diagnostics }
  const init = await initOf(system)
  const systemd = init === 'systemd'
  const place = use(await layoutFor(system))
  const layout: Layout = { ...(place ?? layouts.local), node, systemd }
  const own = use(await templatesOf(system))
  const artifacts = own && use(generate(settings, layout, own.templates))
  if (own === undefined || artifacts === undefined) return { diagnostics }
  if (own.overridden.size > 0) {
    const { verifyOverridden } = await import('../verify/verify.ts')
    const placeOf = (path: readonly string[]) => locateSetting(source.text, source.file, path)
    const machine = { run: system.run, exists: existsSync }
    diagnostics.push(...(await verifyOverridden({ artifacts, layout, ...own, placeOf }, machine)))
  }
  if (hasErrors(diagnostics)) return { diagnostics }
  const ofUse = (a: Artifact): boolean => systemd || withoutSystemd.has(a.kind)
  const wanted = wantedFrom({
    settings,
    settingsText: source.text,
    otherSettings: options.config !== undefined,
    artifacts: artifacts.filter(ofUse),
    programs,
    layout,
  })
  if (systemd) return { value: wanted, diagnostics }
  diagnostics.push(diagnose('install.no-systemd', { init }))
  // Nothing would be mounted there by us.
  return { value: { ...wanted, directories: [], mountPoints: [] }, diagnostics }
}
