// The library: `import { generate } from 'pktw'`. Text and values in, files as values out; nothing is read or written.

import { type DirectoryName, wrongPaths } from '../artifacts/directories.ts'
import { generate as generateArtifacts } from '../artifacts/generate.ts'
import { type LayoutName, layoutNames, layoutOf } from '../artifacts/layouts.ts'
import { release } from '../artifacts/release.ts'
import { uselessTemplates } from '../artifacts/useless-templates.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import {
  type Diagnostic,
  hasErrors,
  type Outcome,
  type Place,
  type Severity,
} from '../diagnostics/diagnostic.ts'
import type { Template, Templates } from '../render/render.ts'
import { settingsText } from '../settings/edit.ts'
import { parseSettings } from '../settings/parse.ts'
import { settingsJsonSchema } from '../settings/reference.ts'
import type {
  Backend,
  DriveException,
  Durability,
  Medium,
  MountStyle,
  Owner,
  Settings,
  SomeSettings,
  Speed,
  Writer,
  WriteSettings,
} from '../settings/settings.ts'

export type {
  Backend,
  Diagnostic,
  DirectoryName,
  DriveException,
  Durability,
  LayoutName,
  Medium,
  MountStyle,
  Outcome,
  Owner,
  Place,
  Settings,
  Severity,
  SomeSettings,
  Speed,
  Writer,
  WriteSettings,
}
export { layoutNames, parseSettings, settingsJsonSchema }

/** Name (`udev/61-pktw.rules`) → text, put in by src/bundle.mjs. */
declare const PKTW_TEMPLATES: Record<string, string>

/** What to generate, and for whom. All of it may be left out. */
export interface GenerateOptions {
  /** What pktw.yaml says, as its text or as values. What is left out has its default. */
  settings?: string | SomeSettings
  /** Where a distribution keeps its files; `debian` when left out. */
  layout?: LayoutName
  /** Directories that differ from the layout's, absolute. `prefix` moves those that are below it. */
  directories?: Readonly<Partial<Record<DirectoryName, string>>>
  /** Absolute paths written into rules and units; /usr/bin/node and /usr/bin/systemctl when left out. */
  programs?: {
    /** Node, 20.19 or newer. */
    readonly node?: string
    /** systemctl(1). */
    readonly systemctl?: string
  }
  /** Templates by name (`udev/61-pktw.rules`) in the place of ours. */
  templates?: Readonly<Record<string, string>>
  /** The date in man pages, ISO 8601; that of the release when left out. */
  date?: string
}

/** One file. */
export interface GeneratedFile {
  /** What `pktw-gen list` calls it: `udev-rules`. */
  kind: string
  /** Absolute, as on the machine that it is for. */
  path: string
  /** Permission bits. */
  mode: number
  /** Its contents, UTF-8. */
  text: string
  /** Path of the setting that decides most of it: `mount.where`. */
  setting: string
  /** Name of the template: `udev/61-pktw.rules`. */
  template: string
}

/** All of it. */
export interface Generated {
  /** In a fixed order. */
  files: GeneratedFile[]
  /** Lines for /etc/fstab, which is no file of ours; none unless the settings ask for them. */
  fstab: string[]
}

const template = (name: string, text: string): Template => ({ name, file: `${name}.hbs`, text })
const ours: Templates = new Map(
  Object.entries(PKTW_TEMPLATES).map(([name, text]) => [name, template(name, text)]),
)

/** What is wrong with the layout and the paths; a program in JavaScript may hand over anything. */
function complaints({ layout = 'debian', directories = {}, programs = {} }: GenerateOptions): Diagnostic[] {
  if (!layoutNames.includes(layout)) {
    const layouts = layoutNames.join(', ')
    return [diagnose('gen.layout-unknown', { layout: JSON.stringify(layout), layouts })]
  }
  const named = (of: object, name: string): [string, string][] =>
    wrongPaths({ ...of }).map(([key, path]) => [`${name}.${key}`, path])
  return [...named(directories, 'directories'), ...named(programs, 'programs')].map(([option, path]) =>
    diagnose('gen.path-not-absolute', { option, path: JSON.stringify(path) }),
  )
}

/** Values go the way of a text, so that nothing is made of what pktw.yaml could not say. They have no lines to point at. */
function parsed(given: string | SomeSettings): Outcome<Settings> {
  if (typeof given === 'string') return parseSettings(given, 'pktw.yaml')
  // A program in JavaScript may hand over anything.
  const isMapping = typeof given === 'object' && given !== null && !Array.isArray(given)
  const text = isMapping ? settingsText(given) : JSON.stringify(given)
  const { diagnostics, ...value } = parseSettings(text ?? 'null', 'settings')
  return { ...value, diagnostics: diagnostics.map(({ at: _, ...rest }) => rest) }
}

/**
 * The files that connect packet writing to a system. There is a value when none of the diagnostics is an error; they tell
 * everything that is wrong at once, with the place in the settings or the line of the template. The same options give the
 * same bytes.
 */
export function generate(options: GenerateOptions = {}): Outcome<Generated> {
  const { settings: given = '', layout = 'debian', directories = {}, programs = {}, templates = {} } = options
  const own = Object.entries(templates).map(([name, text]) => [name, template(name, text)] as const)
  const { value: read, diagnostics: told } = parsed(given)
  const found = [
    ...complaints(options),
    ...told,
    ...uselessTemplates(
      own.map(([, t]) => t),
      [...ours.keys()],
    ),
  ]
  if (read === undefined || hasErrors(found)) return { diagnostics: found }
  const { value, diagnostics } = generateArtifacts(
    read,
    layoutOf(layout, { ...directories, ...programs }),
    own.length === 0 ? ours : new Map([...ours, ...own]),
    options.date === undefined ? release : { ...release, date: options.date },
  )
  const all = [...found, ...diagnostics]
  if (value === undefined) return { diagnostics: all }
  return {
    value: {
      files: value
        .filter(({ kind }) => kind !== 'fstab-line')
        .map(({ from, template: file, ...rest }) => ({
          ...rest,
          setting: from,
          template: file.replace(/\.hbs$/, ''),
        })),
      fstab: value.filter(({ kind }) => kind === 'fstab-line').map(({ text }) => text.trimEnd()),
    },
    diagnostics: all,
  }
}
