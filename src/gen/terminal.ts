// What pktw-gen prints.
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatDiagnostics } from '../diagnostics/print.ts'

/** What was asked for goes to stdout. */
export const say = (text: string): void => {
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

export const sayJson = (value: unknown): void => say(JSON.stringify(value, null, 2))

/** Diagnostics go to stderr. */
export const tell = (diagnostics: readonly Diagnostic[]): void => {
  if (diagnostics.length > 0) process.stderr.write(`${formatDiagnostics(diagnostics, 'text')}\n`)
}
