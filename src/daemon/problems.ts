// What was thrown, as callers and jobs tell it.
import { errorName, errorText } from '../artifacts/bus/errors.ts'
import { BusError } from '../bus/connection.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Stop } from '../diagnostics/stop.ts'

/** Of anything that was thrown. */
export const problemsOf = (error: unknown): readonly Diagnostic[] =>
  error instanceof Stop
    ? error.diagnostics
    : [
        diagnose('cli.failed', {
          why: error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'a fault',
        }),
      ]

/** As a caller gets it. */
export const busErrorOf = (error: unknown): BusError => {
  if (error instanceof BusError) return error
  const problems = problemsOf(error)
  return new BusError(errorName(problems[0]?.code ?? 'cli.failed'), errorText(problems))
}
