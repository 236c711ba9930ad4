// What has to be on a system for its settings: bundle, settings file, templates and layout put together.
import type { Artifact, Layout } from '../artifacts/artifact.ts'
import { documents } from '../artifacts/documents.ts'
import { generate } from '../artifacts/generate.ts'
import { layouts } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic, Outcome } from '../diagnostics/diagnostic.ts'
import type { Template } from '../render/render.ts'
import { loadTemplates } from '../render/templates.ts'
import { parseSettings } from '../settings/parse.ts'
import { type Wanted, wantedFrom } from '../steps/wanted.ts'
import { readPrograms } from '../system/bundle.ts'
import { initOf } from '../system/init.ts'
import type { System } from '../system/system.ts'
import { layoutFor } from './layout-for.ts'
import { chooseNode } from './node.ts'
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
  const artifacts = use(generate(settings, layout, await templatesOf(system)))
  if (artifacts === undefined) return { diagnostics }
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
