// From the options of the command line to the files as values.
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Artifact, Layout } from '../artifacts/artifact.ts'
import { type DirectoryName, directoryNames, wrongPaths } from '../artifacts/directories.ts'
import { generate } from '../artifacts/generate.ts'
import { type LayoutName, layoutOf } from '../artifacts/layouts.ts'
import { type Release, release } from '../artifacts/release.ts'
import { uselessTemplates } from '../artifacts/useless-templates.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic, Outcome, Place } from '../diagnostics/diagnostic.ts'
import { exit, Stop, stopOnErrors, take } from '../diagnostics/stop.ts'
import type { Templates } from '../render/render.ts'
import { loadTemplates, templatesDirectory } from '../render/templates.ts'
import { locateSetting, parseSettings } from '../settings/parse.ts'
import type { Settings } from '../settings/settings.ts'
import { settingsTextOf } from '../settings/text.ts'
import { run } from '../system/run.ts'
import { pkgConfigDirectories, runPkgConfig } from './pkg-config.ts'

export interface SourceOptions extends Partial<Readonly<Record<DirectoryName, string | undefined>>> {
  layout: LayoutName
  config: string | undefined
  node: string | undefined
  systemctl: string | undefined
  templates: string | undefined
  pkgConfig: boolean
}

export interface Made {
  settings: Settings
  layout: Layout
  templates: Templates
  /** Template files that take the place of ours. */
  overridden: ReadonlySet<string>
  release: Release
  /** The file of --config. */
  config: string | undefined
  /** What is in it; empty without one. */
  text: string
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
    return settingsTextOf(await readFile(file))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Stop([diagnose('gen.config-unreadable', { file, reason })], exit.trouble)
  }
}

export async function readSettings(file: string | undefined): Promise<Outcome<Settings>> {
  return parseSettings(await readConfig(file), file ?? 'the defaults')
}

/** The layout of the options. Throws Stop with every path that is none. */
async function layoutFrom(options: SourceOptions): Promise<Layout> {
  const names = [...directoryNames, 'node', 'systemctl'] as const
  const given = Object.fromEntries(
    names.flatMap((name) =>
      options[name] === undefined ? [] : [[name, options[name].replace(/(.)\/+$/, '$1')]],
    ),
  ) as Partial<Record<(typeof names)[number], string>>
  const wrong = wrongPaths(given)
  if (wrong.length > 0)
    throw new Stop(
      wrong.map(([name, value]) =>
        diagnose('gen.path-not-absolute', { option: `--${name}`, path: JSON.stringify(value) }),
      ),
      exit.trouble,
    )
  const found = options.pkgConfig ? await pkgConfigDirectories(given, runPkgConfig) : {}
  return layoutOf(options.layout, { ...found, ...given })
}

/** With the date of SOURCE_DATE_EPOCH (reproducible-builds.org), where it is set. Throws Stop. */
function releaseOf(epoch: string | undefined): Release {
  if (epoch === undefined || epoch === '') return release
  // Up to the last day of the year 9999.
  if (!/^\d+$/.test(epoch) || Number(epoch) > 253402300799)
    throw new Stop([diagnose('gen.bad-epoch', { value: JSON.stringify(epoch) })], exit.trouble)
  return { ...release, date: new Date(Number(epoch) * 1000).toISOString().slice(0, 10) }
}

/** Throws Stop where one cannot be read: a directory of that name, an editor's lock. */
function templatesOf(directories: readonly string[]): Templates {
  try {
    return loadTemplates(directories)
  } catch (error) {
    const { message: reason, path: template = '' } = error as NodeJS.ErrnoException
    throw new Stop([diagnose('gen.template-broken', { template, reason })], exit.trouble)
  }
}

/** All artifacts of the options. Throws Stop. */
export async function make(options: SourceOptions): Promise<Made> {
  const layout = await layoutFrom(options)
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
  const templates = templatesOf(directories)
  const about = releaseOf(process.env.SOURCE_DATE_EPOCH)
  const generated = generate(settings, layout, templates, about)
  const artifacts = take({
    ...generated,
    diagnostics: generated.diagnostics.map((d) => {
      const at = d.path === undefined ? undefined : placeOf(d.path)
      return d.at !== undefined || at === undefined ? d : { ...d, at }
    }),
  })
  const ours = loadTemplates()
  const theirs = [...templates.values()].filter(({ name, file }) => ours.get(name)?.file !== file)
  const useless = uselessTemplates(theirs, [...ours.keys()])
  const overridden = new Set(theirs.map(({ file }) => file))
  return {
    settings,
    layout,
    templates,
    overridden,
    release: about,
    config: options.config,
    text,
    artifacts,
    diagnostics: [...parsed.diagnostics, ...useless],
    placeOf,
  }
}

/** The same, for what is going to be used: what somebody else's templates made is shown to its verifier first. Throws Stop. */
export async function makeVerified(options: SourceOptions): Promise<Made> {
  const made = await make(options)
  if (made.overridden.size === 0) return made
  const { verifyOverridden } = await import('../verify/verify.ts')
  const found = await verifyOverridden(made, { run, exists: existsSync })
  stopOnErrors(found)
  made.diagnostics.push(...found)
  return made
}
