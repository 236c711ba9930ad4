// What a step failed with, as a problem with its remedy: the system's own words name a call, not a cause.
import { type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { PathRefused } from '../system/confined-path.ts'

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const byErrno: Partial<Record<string, DiagnosticCode>> = {
  ENOSPC: 'install.no-space',
  EDQUOT: 'install.no-space',
  EROFS: 'install.read-only',
  // Root is refused nothing else.
  EPERM: 'install.immutable',
  EBUSY: 'install.mounted-over',
}

/** `step` in words. */
export function failureOf(error: unknown, step: string): Diagnostic {
  const why = messageOf(error)
  if (error instanceof PathRefused) return diagnose('install.path-refused', { why })
  const errno = (error as NodeJS.ErrnoException).code ?? ''
  return diagnose(byErrno[errno] ?? 'install.step-failed', { step, why })
}
