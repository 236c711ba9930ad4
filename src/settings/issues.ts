// What zod says, told in the words of the catalogue.
import type { z } from 'zod'
import { type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { whyNot } from './backends.ts'
import type { Medium } from './settings.ts'
import { suggest } from './suggest.ts'

export type Path = (string | number)[]

/** A diagnostic without a place; `key` when the key is at fault and not the value. */
export interface Found {
  diagnostic: Diagnostic
  path: Path
  key: boolean
}

/** `drives[0].match` */
const dotted = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )

/** A value as the user knows it, short. */
const shown = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

const expectations: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of keys to values',
}

const valueAt = (root: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  )

/** Keys that the schema knows at a path; filled by the caller from the schema itself. */
export type KnownKeys = (path: Path) => readonly string[]

function unknownKeys(keys: readonly string[], path: Path, known: KnownKeys): Found[] {
  return keys.map((key) => {
    const names = known(path)
    const near = suggest(key, names)
    const hint = near === undefined ? `The keys here are ${names.join(', ')}.` : `Did you mean ${near}?`
    const place = path.length === 0 ? '' : ` in ${dotted(path)}`
    return {
      diagnostic: diagnose('settings.unknown-key', { key, place, hint }, { path: [...path, key] }),
      path: [...path, key],
      key: true,
    }
  })
}

function wrongType(issue: z.core.$ZodIssueInvalidType, path: Path, found: unknown): Diagnostic {
  const key = dotted(path) || 'the file'
  if (found === undefined) return diagnose('settings.missing-key', { key }, { path })
  if (key === 'device.mode') return diagnose('settings.bad-mode', { mode: shown(found) }, { path })
  const expected = expectations[issue.expected] ?? issue.expected
  const code =
    issue.expected === 'string' && typeof found !== 'object' ? 'settings.not-text' : 'settings.wrong-type'
  return diagnose(code, { key, expected, found: shown(found) }, { path })
}

function notOneOf(issue: z.core.$ZodIssueInvalidValue, path: Path, found: unknown): Diagnostic {
  if (found === undefined) return diagnose('settings.missing-key', { key: dotted(path) }, { path })
  const medium = path.at(-1) as Medium
  const reason = path.at(-2) === 'media' && typeof found === 'string' ? whyNot(medium, found) : undefined
  if (reason !== undefined)
    return diagnose('settings.backend-medium', { found: String(found), medium, reason }, { path })
  const values = issue.values.map(String)
  const near = typeof found === 'string' ? suggest(found, values) : undefined
  const hint = near === undefined ? `It is one of ${values.join(', ')}.` : `Did you mean ${near}?`
  return diagnose('settings.not-one-of', { key: dotted(path), found: shown(found), hint }, { path })
}

/** The settings that may have more than one form. */
function notOneForm(path: Path, value: unknown): Diagnostic {
  const found = JSON.stringify(value)
  if (path[0] === 'write') return diagnose('settings.bad-speed', { key: dotted(path), found }, { path })
  if (path[1] === 'automount') return diagnose('settings.bad-automount', { found }, { path })
  return diagnose('settings.bad-owner', { found }, { path })
}

/** All that one issue has to say. `root` is what was parsed. */
export function explainIssue(issue: z.core.$ZodIssue, root: unknown, known: KnownKeys): Found[] {
  const path = issue.path.filter((step): step is string | number => typeof step !== 'symbol')
  const found = valueAt(root, path)
  const here = (diagnostic: Diagnostic): Found[] => [{ diagnostic, path, key: false }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, path, known)
    case 'invalid_type':
      return here(wrongType(issue, path, found))
    case 'invalid_value':
      return here(notOneOf(issue, path, found))
    case 'invalid_union':
      return here(notOneForm(path, found))
    case 'too_small':
      return here(
        diagnose(
          'settings.out-of-range',
          { key: dotted(path), bound: `at least ${issue.minimum}` },
          { path },
        ),
      )
    case 'too_big':
      return here(
        diagnose('settings.out-of-range', { key: dotted(path), bound: `at most ${issue.maximum}` }, { path }),
      )
    case 'custom': {
      const { code, params } = issue.params as {
        code: DiagnosticCode
        params: Record<string, string | number>
      }
      return here(diagnose(code, params, { path }))
    }
    default:
      throw new Error(`the schema raised ${issue.code}, which has no diagnostic`)
  }
}
