// A problem as a value. Whoever finds one returns it; only cli/, gen/ and hooks/ print.

export type Severity = 'error' | 'warning' | 'info'

/** A place in a text file. Lines and columns count from 1; `length` is in UTF-16 units of that line. */
export interface Place {
  file: string
  line: number
  column: number
  length?: number
  /** The source line itself, for the caret. */
  text?: string
}

export interface Diagnostic {
  /** Dotted, stable, one of the catalogue's: `settings.unknown-key`. */
  code: string
  severity: Severity
  message: string
  /** What to do about it, as a sentence. */
  remedy?: string
  /** Logical path in the settings, set before positions are known. */
  path?: readonly (string | number)[]
  at?: Place
}

/** A value, if one could be made, with everything that was found on the way. */
export interface Outcome<T> {
  value?: T
  diagnostics: Diagnostic[]
}

/** True when one of them is an error. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === 'error')
