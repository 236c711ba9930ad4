// How a verb of pktw or pktw-gen ends before its work is done: thrown where it is found, told by the program's main.
import { type Diagnostic, hasErrors, type Outcome } from './diagnostic.ts'

/** What the programs exit with; told in --help. */
export const exit = { done: 0, findings: 1, trouble: 2 } as const

/** A failure that is told by its diagnostics. Never shown with a stack. */
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

/** Throws Stop when one of them is an error. */
export function stopOnErrors(diagnostics: readonly Diagnostic[]): void {
  if (hasErrors(diagnostics)) throw new Stop(diagnostics)
}

/** The value; throws Stop with all diagnostics when there is none. */
export function take<T>({ value, diagnostics }: Outcome<T>): T {
  stopOnErrors(diagnostics)
  if (value === undefined) throw new Stop(diagnostics)
  return value
}
