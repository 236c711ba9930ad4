import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalogue, diagnose } from '../../src/diagnostics/catalogue.ts'
import { hasErrors } from '../../src/diagnostics/diagnostic.ts'

const rows = Object.entries(catalogue).map(([code, row]) => ({ remedy: undefined, ...row, code }))

const textsBelow = (directory: string): string =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('diagnostics/codes/'))
    .map((file) => readFileSync(path.join(directory, file), 'utf8'))
    .join('\n')
// Without backslashes: some tests name a code in a pattern.
const tests = textsBelow('test').replaceAll('\\', '')
const sources = textsBelow('src')
/** Put together from TransportError's reason by the probe. */
const composed = ['drive.gone', 'drive.refused', 'drive.host']

describe.each(rows)('$code', ({ code, message, remedy, severity }) => {
  test('is lower case, area first', () => expect(code).toMatch(/^[a-z]+\.[a-z0-9-]+$/))
  test('an error says what to do', () => {
    if (severity === 'error') expect(remedy).toMatch(/^\S.{10,}/)
  })
  test('texts are plain: no exclamation marks, parameters are names', () => {
    for (const text of [message, remedy ?? '']) {
      expect(text).not.toMatch(/!$|\s$|^\s/)
      expect(text.replace(/\{\w+\}/g, '')).not.toMatch(/\{\}/)
    }
  })
  test('is told by something', () =>
    expect(composed.includes(code) || new RegExp(`['"]${code.replace('.', '\\.')}['"]`).test(sources)).toBe(
      true,
    ))
})

test.each(rows)('$code is met by a test', ({ code }) => {
  expect(tests.includes(code)).toBe(true)
})

test('parameters are filled in; one that is not given stays visible', () => {
  const found = diagnose('gen.config-unreadable', { file: 'a {reason} b', reason: 'r' })
  expect(found.message).toBe('a {reason} b cannot be read: r')
  expect(diagnose('gen.usage').message).toBe('{reason}')
  expect(hasErrors([found])).toBe(true)
  expect(hasErrors([{ ...found, severity: 'warning' }])).toBe(false)
})
