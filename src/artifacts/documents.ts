// The kinds of files that are for people and their tools: manual, completion, software centres, editors.
import { render, type Templates } from '../render/render.ts'
import { settingsJsonSchema } from '../settings/reference.ts'
import type { Layout } from './artifact.ts'
import type { Program } from './commands/command.ts'
import { pktw } from './commands/pktw.ts'
import { pktwGen } from './commands/pktw-gen.ts'
import { type Shell, shells } from './commands/pktw-machine.ts'
import type { Kind } from './kind.ts'
import { overviewPage, pathOptions, programPage, programs, settingsPage } from './man-pages.ts'
import type { Release } from './release.ts'

/**
 * What does not depend on the settings is made once for each `key`, however many settings there are: generate() knows a text
 * again by its data.
 */
function once<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new WeakMap<K, { value: T }>()
  return (key) => {
    let found = made.get(key)
    if (found === undefined) {
      found = { value: make(key) }
      made.set(key, found)
    }
    return found.value
  }
}

/** What templates/completion/ is filled with. */
const completionData = (program: Program): Record<string, unknown> => ({
  program: program.name,
  function: `_${program.name.replaceAll('-', '_')}`,
  paths: pathOptions(program),
})

const manual = once((release: Release) => ({
  programs: programs.map((program) => ({ program, data: programPage(program, release) })),
  settings: settingsPage(release),
  overview: once((layout: Layout) => overviewPage(layout, release)),
}))
const completions = once(completionData)
const schemaData = once((_release: Release) => ({ schema: settingsJsonSchema() }))

/** The programs that people type. */
const typed: readonly Program[] = [pktw, pktwGen]

/** What teaches a shell to complete a program. Throws TemplateError. */
export function completionOf(program: Program, shell: Shell, templates: Templates): string {
  const template = templates.get(`completion/${shell}`)
  if (template === undefined) throw new Error(`the template completion/${shell} is missing`)
  return render(template, completionData(program))
}

const completionPlaces: Record<Shell, { directory: `${Shell}completiondir`; name(program: string): string }> =
  {
    bash: { directory: 'bashcompletiondir', name: (program) => program },
    zsh: { directory: 'zshcompletiondir', name: (program) => `_${program}` },
    fish: { directory: 'fishcompletiondir', name: (program) => `${program}.fish` },
  }

const completionKind = (shell: Shell): Kind => ({
  kind: `completion-${shell}`,
  what: `verbs, options and drives for ${shell} to complete`,
  template: `completion/${shell}`,
  from: 'device',
  mode: 0o644,
  instances: (_settings, layout) =>
    typed.map((program) => {
      const { directory, name } = completionPlaces[shell]
      return { path: `${layout[directory]}/${name(program.name)}`, data: completions(program) }
    }),
})

export const documents: readonly Kind[] = [
  {
    kind: 'man-programs',
    what: 'the manual of each program',
    template: 'man/program',
    from: 'device',
    mode: 0o644,
    instances: (_settings, layout, release) =>
      manual(release).programs.map(({ program, data }) => ({
        path: `${layout.mandir}/man${program.section}/${program.name}.${program.section}`,
        data,
      })),
  },
  {
    kind: 'man-settings',
    what: 'the manual of pktw.yaml',
    template: 'man/pktw.yaml.5',
    from: 'device',
    mode: 0o644,
    instances: (_settings, layout, release) => [
      { path: `${layout.mandir}/man5/pktw.yaml.5`, data: manual(release).settings },
    ],
  },
  {
    kind: 'man-overview',
    what: 'the manual: what packet writing is, and where everything is',
    template: 'man/pktw.7',
    from: 'device',
    mode: 0o644,
    instances: (_settings, layout, release) => [
      { path: `${layout.mandir}/man7/pktw.7`, data: manual(release).overview(layout) },
    ],
  },
  ...shells.map(completionKind),
  {
    kind: 'metainfo',
    what: 'what software centres show (AppStream)',
    template: 'metainfo/org.pktw.pktw.metainfo.xml',
    from: 'device',
    mode: 0o644,
    // Software centres read what packages bring, and would show what no package brought as one to be removed.
    instances: (_settings, layout, release) =>
      layout.name === 'local'
        ? []
        : [
            {
              path: `${layout.metainfodir}/org.pktw.pktw.metainfo.xml`,
              data: { ...release, programs: typed.map(({ name }) => name) },
            },
          ],
  },
  {
    kind: 'settings-schema',
    what: 'JSON Schema of pktw.yaml, for editors',
    template: 'settings/pktw.schema.json',
    from: 'device',
    mode: 0o644,
    instances: (_settings, layout, release) => [
      { path: `${layout.datadir}/pktw/pktw.schema.json`, data: schemaData(release) },
    ],
  },
]
