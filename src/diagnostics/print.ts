// The printer: text for people (place, source line, caret, remedy), JSON for programs.
import type { Diagnostic } from './diagnostic.ts'

/** One diagnostic as text, several lines, no colour. */
export function formatDiagnostic(d: Diagnostic): string {
  const lines: string[] = []
  const at = d.at
  lines.push(`${at ? `${at.file}:${at.line}:${at.column}: ` : ''}${d.severity}: ${d.message} [${d.code}]`)
  if (at?.text !== undefined) {
    const gutter = String(at.line)
    const indent = at.text.slice(0, at.column - 1).replace(/[^\t]/g, ' ')
    lines.push(`  ${gutter} | ${at.text}`)
    lines.push(`  ${' '.repeat(gutter.length)} | ${indent}${'^'.repeat(Math.max(1, at.length ?? 1))}`)
  }
  if (d.remedy !== undefined) lines.push(`  → ${d.remedy}`)
  return lines.join('\n')
}

/** All of them, as text or as one JSON array. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], format: 'text' | 'json'): string {
  return format === 'json'
    ? JSON.stringify(diagnostics, null, 2)
    : diagnostics.map(formatDiagnostic).join('\n')
}
