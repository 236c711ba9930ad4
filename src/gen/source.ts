// From the options of the command line to the files as values.
import { statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Artifact, Layout } from '../artifacts/artifact.ts'
import { generate } from '../artifacts/generate.ts'
import { type LayoutName, layouts } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic, Outcome, Place } from '../diagnostics/diagnostic.ts'
import { exit, Stop, take } from '../diagnostics/stop.ts'
import { loadTemplates, templatesDirectory } from '../render/templates.ts'
import { locateSetting, parseSettings } from '../settings/parse.ts'
import type { Settings } from '../settings/settings.ts'

export interface SourceOptions {
  layout: LayoutName
  config: string | undefined
  node: string | undefined
  templates: string | undefined
}

export interface Made {
  settings: Settings
  layout: Layout
  artifacts: Artifact[]
  /** Warnings of the settings; errors end in Stop. */
  diagnostics: Diagnostic[]
  /** Where a setting stands in --config; undefined without one. */
  placeOf(path: readonly (string | number)[]): Place | undefined
}

/** The text of --config, none when the defaults are asked for. Throws Stop. */
async function readConfig(file: string | undefined): Promise<string> {
  if (file === undefined) return ''
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Stop([diagnose('gen.config-unreadable', { file, reason })], exit.trouble)
  }
}

export async function readSettings(file: string | undefined): Promise<Outcome<Settings>> {
  return parseSettings(await readConfig(file), file ?? 'the defaults')
}

function layoutOf(options: SourceOptions): Layout {
  const { node } = options
  if (node !== undefined && !node.startsWith('/'))
    throw new Stop([diagnose('gen.path-not-absolute', { option: '--node', path: node })], exit.trouble)
  return { ...layouts[options.layout], ...(node === undefined ? {} : { node }) }
}

/** All artifacts of the options. Throws Stop. */
export async function make(options: SourceOptions): Promise<Made> {
  const layout = layoutOf(options)
  const text = await readConfig(options.config)
  const file = options.config ?? 'the defaults'
  const parsed = parseSettings(text, file)
  const settings = take(parsed)
  const placeOf = (path: readonly (string | number)[]): Place | undefined =>
    options.config === undefined ? undefined : locateSetting(text, file, path)
  const own = options.templates
  if (own !== undefined && statSync(own, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new Stop([diagnose('gen.no-templates', { directory: own })], exit.trouble)
  const directories = [templatesDirectory(), ...(own === undefined ? [] : [own])]
  const generated = generate(settings, layout, loadTemplates(directories))
  const artifacts = take({
    ...generated,
    diagnostics: generated.diagnostics.map((d) => {
      const at = d.path === undefined ? undefined : placeOf(d.path)
      return d.at !== undefined || at === undefined ? d : { ...d, at }
    }),
  })
  return { settings, layout, artifacts, diagnostics: parsed.diagnostics, placeOf }
}
