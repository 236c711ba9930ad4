// One key of pktw.yaml read or changed. What else stands in the text stays: comments, order, empty lines.
import { isMap, isScalar, type Node, parseDocument, Scalar, stringify } from 'yaml'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'
import { parseSettings } from './parse.ts'
import { knownKeys } from './schema.ts'
import type { Settings, SomeSettings } from './settings.ts'
import { suggest } from './suggest.ts'
import { isNothing, type Path, withValue } from './yaml-text.ts'

/** `drives[0].match.vendor` → its steps; undefined for what is no key. */
function pathOf(key: string): Path | undefined {
  if (!/^[\w+-]+(\[\d+\])*(\.[\w+-]+(\[\d+\])*)*$/.test(key)) return undefined
  return key.split(/\.|(?=\[)/).map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step))
}

/** As pktw.yaml would have it. The mode is a text: YAML 1.2 knows no octal without `0o`. */
export function spelledOut(settings: SomeSettings): Record<string, unknown> {
  const mode = settings.device?.mode
  if (typeof mode !== 'number') return { ...settings }
  return { ...settings, device: { ...settings.device, mode: mode.toString(8).padStart(4, '0') } }
}

/** Settings as a file that has these keys, ending in a line break. */
export const settingsText = (settings: SomeSettings): string =>
  stringify(spelledOut(settings), { lineWidth: 100, aliasDuplicateObjects: false })

/** For people: a text as it is, everything else as YAML. */
export const shownValue = (value: unknown): string =>
  typeof value === 'string' ? value : stringify(value, { lineWidth: 100 }).trimEnd()

function noSuchKey(key: string, path: Path | undefined): Outcome<never> {
  const last = path?.at(-1)
  const known = path === undefined ? [] : knownKeys(path.slice(0, -1))
  const near = typeof last === 'string' ? suggest(last, known) : undefined
  const hint =
    near !== undefined
      ? `Did you mean ${[...(path ?? []).slice(0, -1), near].join('.')}?`
      : `The keys here are ${(known.length > 0 ? known : knownKeys([])).join(', ')}.`
  return { diagnostics: [diagnose('cli.no-key', { key, hint })] }
}

/** What holds for a key, its default when the file does not say. */
export function getSetting(settings: Settings, key: string): Outcome<unknown> {
  const path = pathOf(key)
  let value: unknown = spelledOut(settings)
  for (const step of path ?? [undefined]) {
    const there =
      typeof value === 'object' && value !== null && step !== undefined && Object.hasOwn(value, step)
    if (!there) return noSuchKey(key, path)
    value = (value as Record<string | number, unknown>)[step]
  }
  return { value, diagnostics: [] }
}

/** What was typed, as YAML has it. A number that YAML would write in another way, as 0640, is kept as a text. */
function nodeOf(text: string): Outcome<Node | null> {
  // Nothing typed is an empty text: YAML would make a null of it, which no key takes.
  if (text.trim() === '') return { value: new Scalar(''), diagnostics: [] }
  const document = parseDocument(text, { prettyErrors: false })
  const [error] = document.errors
  if (error !== undefined)
    return {
      diagnostics: [diagnose('settings.syntax', { reason: `${JSON.stringify(text)}: ${error.message}` })],
    }
  const node = document.contents
  if (isScalar(node) && typeof node.value === 'number' && String(node.value) !== node.source)
    return { value: new Scalar(node.source), diagnostics: [] }
  return { value: node, diagnostics: [] }
}

/**
 * The text with one key changed. There is a value when all of the file is good then; what is wrong is told with its place in
 * the text as it would be.
 */
export function setSetting(text: string, file: string, key: string, typed: string): Outcome<string> {
  const path = pathOf(key)
  if (path === undefined) return noSuchKey(key, path)
  const parsed = nodeOf(typed)
  if (parsed.value === undefined) return { diagnostics: parsed.diagnostics }
  const document = parseDocument(text, { prettyErrors: false })
  if (document.errors.length > 0 || (!isNothing(document) && !isMap(document.contents)))
    return { diagnostics: parseSettings(text, file).diagnostics }
  let changed: string
  try {
    changed = withValue(text, path, parsed.value)
  } catch (error) {
    // An alias whose anchor went with the old value, or was never there.
    if (!(error instanceof ReferenceError)) throw error
    return { diagnostics: [diagnose('settings.syntax', { reason: `${key}: ${error.message}` })] }
  }
  const { value, diagnostics } = parseSettings(changed, file)
  return value === undefined ? { diagnostics } : { value: changed, diagnostics }
}
