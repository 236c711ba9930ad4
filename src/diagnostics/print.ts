// The printer: text for people (place, source line, caret, remedy), JSON for programs.
import type { Diagnostic } from './diagnostic.ts'

/** Of a longer source line as much as this is shown, around the place. */
const mostColumns = 160

/** What is in a file, or in what a drive tells, gives a terminal no orders. */
const printable = (text: string): string => text.replace(/(?![\n\t])\p{Cc}/gu, '?')

/** The line, and carets below what is meant. */
function excerpt(text: string, column: number, length: number): [line: string, carets: string] {
  const from = text.length <= mostColumns ? 0 : Math.max(0, column - 1 - mostColumns / 2)
  const to = Math.min(text.length, from + mostColumns)
  const indent = text.slice(from, column - 1).replace(/[^\t]/g, ' ')
  const carets = '^'.repeat(Math.max(1, Math.min(length, to - column + 1)))
  const before = from > 0 ? '…' : ''
  const after = to < text.length ? '…' : ''
  return [`${before}${text.slice(from, to)}${after}`, `${before && ' '}${indent}${carets}`]
}

/** One diagnostic as text, several lines, no colour. */
export function formatDiagnostic(d: Diagnostic): string {
  const lines: string[] = []
  const at = d.at
  lines.push(`${at ? `${at.file}:${at.line}:${at.column}: ` : ''}${d.severity}: ${d.message} [${d.code}]`)
  if (at?.text !== undefined) {
    const gutter = String(at.line)
    const [line, carets] = excerpt(at.text, at.column, at.length ?? 1)
    lines.push(`  ${gutter} | ${line}`)
    lines.push(`  ${' '.repeat(gutter.length)} | ${carets}`)
  }
  if (d.remedy !== undefined) lines.push(`  → ${d.remedy}`)
  return printable(lines.join('\n'))
}

/** All of them, as text or as one JSON array. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], format: 'text' | 'json'): string {
  return format === 'json'
    ? JSON.stringify(diagnostics, null, 2)
    : diagnostics.map(formatDiagnostic).join('\n')
}
