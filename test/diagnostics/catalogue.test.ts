import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalogue, diagnose } from '../../src/diagnostics/catalogue.ts'
import { hasErrors } from '../../src/diagnostics/diagnostic.ts'

const rows = Object.entries(catalogue).map(([code, row]) => ({ remedy: undefined, ...row, code }))

const textsBelow = (directory: string): string =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('codes'))
    .map((file) => readFileSync(path.join(directory, file), 'utf8'))
    .join('\n')
const tests = ['settings', 'artifacts', 'gen']
  .map((folder) => textsBelow(path.join('test', folder)))
  .join('\n')
const sources = textsBelow('src')

describe.each(rows)('$code', ({ code, message, remedy, severity }) => {
  test('is lower case, area first', () => expect(code).toMatch(/^[a-z]+\.[a-z0-9-]+$/))
  test('an error says what to do', () => {
    if (severity === 'error' && /^(settings|gen)\./.test(code)) expect(remedy).toMatch(/.{10,}\.$/)
  })
  test('texts are plain: no exclamation marks, parameters are names', () => {
    for (const text of [message, remedy ?? '']) {
      expect(text).not.toMatch(/!$|\s$|^\s/)
      expect(text.replace(/\{\w+\}/g, '')).not.toMatch(/\{\}/)
    }
  })
  test('is told by something', () =>
    expect(sources).toMatch(new RegExp(`['"]${code.replace('.', '\\.')}['"]`)))
})

test.each(rows.filter(({ code }) => /^(settings|gen)\./.test(code)))('$code is met by a test', ({ code }) => {
  // settings' error table holds itself to the list; these are the others'.
  expect(tests).toContain(code)
})

test('parameters are filled in; one that is not given stays visible', () => {
  const found = diagnose('gen.config-unreadable', { file: 'a {reason} b', reason: 'r' })
  expect(found.message).toBe('a {reason} b cannot be read: r')
  expect(diagnose('gen.usage').message).toBe('{reason}')
  expect(hasErrors([found])).toBe(true)
  expect(hasErrors([{ ...found, severity: 'warning' }])).toBe(false)
})
