// A manifest that cannot be acted on.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { manifestPath } from './manifest.ts'

/** What to tell of it. */
export const manifestProblem = (what: 'newer' | 'unreadable'): Diagnostic =>
  diagnose(what === 'newer' ? 'install.manifest-newer' : 'install.manifest-unreadable', {
    path: manifestPath,
  })
