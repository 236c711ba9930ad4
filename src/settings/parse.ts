// pktw.yaml as text in, Settings or everything that is wrong with it out.
import { type Document, isMap, isScalar, parseDocument } from 'yaml'
import type { z } from 'zod'
import { diagnose } from '../diagnostics/catalogue.ts'
import { type Diagnostic, hasErrors, type Outcome, type Place } from '../diagnostics/diagnostic.ts'
import { parseMode } from './checks.ts'
import { explainIssue, type Path } from './issues.ts'
import { locate, placeOf, type Source } from './place.ts'
import { knownKeys, settingsSchema } from './schema.ts'
import type { Settings } from './settings.ts'

/** Problems of the text itself, before it means anything. */
function syntaxDiagnostics(doc: Document.Parsed, source: Source): Diagnostic[] {
  return [...doc.errors, ...doc.warnings].map((error) => {
    const at = placeOf(source, error.pos[0], error.pos[1])
    if (error.code !== 'DUPLICATE_KEY') return diagnose('settings.syntax', { reason: error.message }, { at })
    const key = /^\s*["']?([\w+-]+)/.exec(source.text.slice(error.pos[0]))?.[1] ?? ''
    return diagnose('settings.duplicate-key', { key }, { at: { ...at, length: Math.max(1, key.length) } })
  })
}

/**
 * The document as plain values. A section without content counts as left out, as in a file whose lines are all
 * commented out. The mode is handed on as it is written: YAML 1.2 reads 0660 as the decimal number 660.
 */
function plain(doc: Document.Parsed): unknown {
  const root: unknown = doc.toJS() ?? {}
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return root
  const sections = Object.fromEntries(Object.entries(root).filter(([, value]) => value !== null))
  const device: unknown = doc.get('device')
  const mode: unknown = isMap(device) ? device.get('mode', true) : undefined
  if (isScalar(mode) && typeof mode.value === 'number' && mode.source?.startsWith('0'))
    sections.device = { ...sections.device, mode: mode.source }
  return sections
}

/** What is no error, but hardly meant. */
function* warnings(settings: Settings): Generator<Diagnostic> {
  const mode = settings.device.mode
  if ((mode & 0o002) !== 0)
    yield diagnose(
      'settings.world-writable',
      { mode: mode.toString(8).padStart(4, '0') },
      { path: ['device', 'mode'] },
    )
  const media: [readonly (string | number)[], object][] = [
    [['media'], settings.media],
    ...settings.drives.map(({ media }, i): [(string | number)[], object] => [['drives', i, 'media'], media]),
  ]
  for (const [path, backends] of media)
    for (const [medium, backend] of Object.entries(backends))
      if (backend === 'pktcdvd') yield diagnose('settings.pktcdvd', { medium }, { path: [...path, medium] })
  for (const [index, drive] of settings.drives.entries())
    if (!drive.ignore && Object.keys(drive.media).length === 0)
      yield diagnose('settings.drive-no-effect', {}, { path: ['drives', index] })
}

const toSettings = (parsed: z.output<typeof settingsSchema>): Settings => ({
  ...parsed,
  device: { ...parsed.device, mode: parseMode(parsed.device.mode) as number },
  mount: { ...parsed.mount, where: parsed.mount.where as `/${string}` },
})

/**
 * Reads pktw.yaml. `file` is only for messages. All problems are told in one run, in the order of the text; there is
 * a value when none of them is an error. An empty text gives the defaults.
 */
export function parseSettings(text: string, file: string): Outcome<Settings> {
  const source: Source = { file, text: text.replace(/^\ufeff/, '') }
  const doc = parseDocument(source.text, { prettyErrors: false })
  const diagnostics = syntaxDiagnostics(doc, source)
  if (diagnostics.some((d) => d.code === 'settings.syntax')) return { diagnostics }

  let root: unknown
  try {
    root = plain(doc)
  } catch (error) {
    // Aliases that grow without bound are found only when they are followed.
    const reason = error instanceof Error ? error.message : String(error)
    return {
      diagnostics: [...diagnostics, diagnose('settings.syntax', { reason }, { at: placeOf(source, 0, 1) })],
    }
  }
  const result = settingsSchema.safeParse(root)
  const at = (path: Path, key: boolean) => locate(source, doc, path, key)
  if (!result.success)
    for (const issue of result.error.issues)
      for (const { diagnostic, path, key } of explainIssue(issue, root, knownKeys))
        diagnostics.push({ ...diagnostic, at: at(path, key) })
  const settings = result.success ? toSettings(result.data) : undefined
  if (settings !== undefined)
    for (const warning of warnings(settings))
      diagnostics.push({ ...warning, at: at([...(warning.path ?? [])], false) })
  diagnostics.sort(
    (a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0),
  )
  return settings === undefined || hasErrors(diagnostics) ? { diagnostics } : { value: settings, diagnostics }
}

/** Where a setting stands in a text that parseSettings has accepted; the deepest part of the path that is there. */
export function locateSetting(text: string, file: string, path: readonly (string | number)[]): Place {
  const source: Source = { file, text: text.replace(/^\ufeff/, '') }
  return locate(source, parseDocument(source.text, { prettyErrors: false }), path)
}
