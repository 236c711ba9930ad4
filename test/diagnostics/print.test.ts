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

test.for([
  [1, 0, 400],
  [300, 219, 99],
  [400, 319, 1],
])('of a long line the part around the place: column %i', ([column, from, length]) => {
  const text = Array.from({ length: 400 }, (_, i) => String.fromCharCode(0x4e00 + i)).join('')
  const at = { file: 'f', line: 1, column: column!, length: length!, text }
  const [, line = '', carets = ''] = formatDiagnostics([{ ...placed, at }], 'text').split('\n')
  expect(line.length).toBeLessThan(170)
  expect(carets.length).toBeLessThanOrEqual(line.length)
  expect(line[carets.indexOf('^')]).toBe(text[column! - 1])
  expect(line.replace('  1 | ', '').replace(/^…/, '')[0]).toBe(text[from!])
})

test('control characters are shown, not obeyed', () => {
  const at = { ...placed.at!, text: 'x: \u001b[31m\u009b2J\u007f' }
  const text = formatDiagnostics([{ ...placed, message: 'no \r\u0007', at }], 'text')
  expect(text).toContain('error: no ??')
  expect(text).toContain('x: ?[31m?2J?')
})

test('JSON: the values themselves', () => {
  expect(JSON.parse(formatDiagnostics([plain, placed], 'json'))).toEqual([plain, placed])
})
