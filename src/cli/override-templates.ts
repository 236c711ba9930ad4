// Templates that the administrator put below /etc/pktw/templates, in the place of ours.
import { type NamedTemplate, uselessTemplates } from '../artifacts/useless-templates.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic, Outcome } from '../diagnostics/diagnostic.ts'
import type { Template, Templates } from '../render/render.ts'
import { loadTemplates } from '../render/templates.ts'
import { settingsTextOf } from '../settings/text.ts'
import type { System } from '../system/system.ts'

const directory = '/etc/pktw/templates'
const ending = '.hbs'

/** Those below it, at most as deep as ours are. Links to files count; links to directories are not followed. */
async function named(system: System, below = '', depth = 3): Promise<NamedTemplate[]> {
  const found: NamedTemplate[] = []
  for (const entry of await system.list(`${directory}${below}`)) {
    const at = `${below}/${entry}`
    const file = `${directory}${at}`
    const { kind } = await system.inspect(file)
    if (entry.endsWith(ending)) found.push({ name: at.slice(1, -ending.length), file })
    else if (kind === 'directory' && depth > 0) found.push(...(await named(system, at, depth - 1)))
  }
  return found
}

export interface OwnTemplates {
  templates: Templates
  /** Files of those that are not ours. */
  overridden: ReadonlySet<string>
}

/** Ours, and theirs where they have one. There is no value when one of theirs cannot be read. */
export async function templatesOf(system: System): Promise<Outcome<OwnTemplates>> {
  const templates = new Map<string, Template>(loadTemplates())
  const overridden = new Set<string>()
  const diagnostics: Diagnostic[] = []
  const theirs = await named(system)
  for (const { name, file } of theirs.filter((template) => templates.has(template.name)))
    try {
      const bytes = await system.read(file)
      if (bytes === undefined) throw new Error('it leads to nothing')
      templates.set(name, { name, file, text: settingsTextOf(bytes) })
      overridden.add(file)
    } catch (error) {
      const reason = (error as Error).message
      diagnostics.push(
        diagnose('gen.template-broken', { template: name, reason }, { at: { file, line: 1, column: 1 } }),
      )
    }
  if (diagnostics.length > 0) return { diagnostics }
  return {
    value: { templates, overridden },
    diagnostics: uselessTemplates(theirs, [...templates.keys()]),
  }
}
