// Settings and layout in, files as values out.
import { diagnose } from '../diagnostics/catalogue.ts'
import { type Diagnostic, hasErrors, type Outcome } from '../diagnostics/diagnostic.ts'
import { EscapeError } from '../render/escape.ts'
import { render, type Template, TemplateError, type Templates } from '../render/render.ts'
import type { Settings } from '../settings/settings.ts'
import type { Artifact, Layout } from './artifact.ts'
import type { Kind } from './kind.ts'
import { kinds } from './kinds.ts'
import { type Release, release } from './release.ts'
import { mountsOf } from './slots.ts'

const texts = new WeakMap<Template, WeakMap<object, string>>()

/** Rendered once for the same data: what no setting changes is handed over as the same object (documents.ts). */
function textOf(template: Template, data: Record<string, unknown>): string {
  let known = texts.get(template)
  if (known === undefined) {
    known = new WeakMap()
    texts.set(template, known)
  }
  const text = known.get(data) ?? render(template, data)
  known.set(data, text)
  return text
}

/** The kernel's limit for a file name (NAME_MAX), less room for systemd's `.d` directory. */
const unitNameBytes = 250

/** Path of the text in the settings that a value was made from: itself, or with a slot's number appended. */
function pathOf(tree: unknown, value: string): string[] | undefined {
  if (typeof tree === 'string')
    return tree !== '' && value.replace(/\d$/, '') === tree.replace(/\d$/, '') ? [] : undefined
  if (typeof tree !== 'object' || tree === null) return undefined
  for (const [key, child] of Object.entries(tree)) {
    const path = pathOf(child, value)
    if (path !== undefined) return [key, ...path]
  }
  return undefined
}

function explain(error: unknown, row: Kind, settings: Settings): Diagnostic {
  if (error instanceof EscapeError) {
    const params = {
      value: JSON.stringify(error.value),
      reason: error.reason,
      grammar: error.grammar,
      template: row.template,
    }
    const path = pathOf(settings, error.value) ?? row.from.split('.')
    return diagnose('gen.value-refused', params, { path })
  }
  if (error instanceof TemplateError) {
    const at = error.line === undefined ? {} : { at: { file: error.file, line: error.line, column: 1 } }
    return diagnose('gen.template-broken', { template: row.template, reason: error.message }, at)
  }
  throw error
}

/**
 * Every file of the integration, in the order of kinds.ts. There is no value when one of them could not be made; all
 * problems are told at once. Paths are absolute and without --destdir. A `fstab-line` has the path of the file that
 * it is to be added to, and is no file of its own.
 */
export function generate(
  settings: Settings,
  layout: Layout,
  templates: Templates,
  about: Release = release,
): Outcome<Artifact[]> {
  const diagnostics: Diagnostic[] = []
  const artifacts: Artifact[] = []
  for (const { unit, where } of mountsOf(settings))
    if (unit.length > unitNameBytes)
      diagnostics.push(diagnose('gen.unit-name-too-long', { where }, { path: ['mount', 'where'] }))
  for (const row of kinds) {
    const template = templates.get(row.template)
    if (template === undefined) {
      diagnostics.push(diagnose('gen.template-missing', { template: row.template }))
      continue
    }
    for (const { path, data } of row.instances(settings, layout, about))
      try {
        const text = textOf(template, data)
        const { kind, mode, from } = row
        artifacts.push({ kind, path: path as `/${string}`, mode, text, from, template: template.file })
      } catch (error) {
        diagnostics.push(explain(error, row, settings))
      }
  }
  return hasErrors(diagnostics) ? { diagnostics } : { value: artifacts, diagnostics }
}
