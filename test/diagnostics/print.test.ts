import { expect, test } from 'vitest'
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'
import { formatDiagnostics } from '../../src/diagnostics/print.ts'

const plain: Diagnostic = { code: 'a.b', severity: 'info', message: 'so it is' }
const placed: Diagnostic = {
  code: 'a.c',
  severity: 'error',
  message: 'no',
  remedy: 'Do this.',
  at: { file: 'f.yaml', line: 12, column: 4, length: 3, text: '\tx: abc' },
}

test('text: place, line, caret under the place whatever the tabs, remedy', () => {
  expect(formatDiagnostics([plain, placed], 'text')).toBe(
    [
      'info: so it is [a.b]',
      'f.yaml:12:4: error: no [a.c]',
      '  12 | \tx: abc',
      '     | \t  ^^^',
      '  → Do this.',
    ].join('\n'),
  )
})

test('a place without its line has no caret', () => {
  const { text: _, ...at } = placed.at!
  expect(formatDiagnostics([{ ...placed, at }], 'text').split('\n')).toHaveLength(2)
})

test('JSON: the values themselves', () => {
  expect(JSON.parse(formatDiagnostics([plain, placed], 'json'))).toEqual([plain, placed])
})
