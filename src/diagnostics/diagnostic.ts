// A problem as a value. Whoever finds one returns it; only cli/, gen/ and hooks/ print.

/** `error`: nothing is made; `warning`: made, but look at it; `info`: good to know. */
export type Severity = 'error' | 'warning' | 'info'

/** A place in a text file. */
export interface Place {
  /** As it was called by whoever gave the text. */
  file: string
  /** From 1. */
  line: number
  /** From 1, in UTF-16 units of the line. */
  column: number
  /** How much of the line is meant, in UTF-16 units. */
  length?: number
  /** The source line itself, for the caret. */
  text?: string
}

/** What is wrong, where, and what to do about it. */
export interface Diagnostic {
  /** Dotted, stable, one of the catalogue's: `settings.unknown-key`. */
  code: string
  /** Whether anything could be made nevertheless. */
  severity: Severity
  /** A sentence without its full stop. */
  message: string
  /** What to do about it, as a sentence. */
  remedy?: string
  /** Logical path in the settings, set before positions are known. */
  path?: readonly (string | number)[]
  /** Where in the text. */
  at?: Place
}

/** A value, if one could be made, with everything that was found on the way. */
export interface Outcome<T> {
  /** Missing when one of the diagnostics is an error. */
  value?: T
  /** In the order of the text they are about. */
  diagnostics: Diagnostic[]
}

/** True when one of them is an error. */
export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((d) => d.severity === 'error')
