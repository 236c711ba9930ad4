// What pktw-gen prints and exits with.
import { type Diagnostic, hasErrors, type Outcome } from '../diagnostics/diagnostic.ts'
import { formatDiagnostics } from '../diagnostics/print.ts'

/** Told in --help. */
export const exit = { done: 0, findings: 1, usage: 2 } as const

/** A failure that is told by its diagnostics; main.ts prints them. Never shown with a stack. */
export class Stop extends Error {
  override name = 'Stop'
  readonly diagnostics: readonly Diagnostic[]
  readonly code: number
  constructor(diagnostics: readonly Diagnostic[], code: number = exit.findings) {
    super(diagnostics.map((d) => d.message).join('; '))
    this.diagnostics = diagnostics
    this.code = code
  }
}

/** What was asked for goes to stdout. */
export const say = (text: string): void => {
  if (text !== '') process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

export const sayJson = (value: unknown): void => say(JSON.stringify(value, null, 2))

/** Diagnostics go to stderr. */
export const tell = (diagnostics: readonly Diagnostic[]): void => {
  if (diagnostics.length > 0) process.stderr.write(`${formatDiagnostics(diagnostics, 'text')}\n`)
}

/** The value; throws Stop with all diagnostics when there is none. */
export function take<T>(outcome: Outcome<T>): T {
  if (outcome.value === undefined || hasErrors(outcome.diagnostics)) throw new Stop(outcome.diagnostics)
  return outcome.value
}
