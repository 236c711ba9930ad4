// Templates that take the place of none: most often a slip of the pen in a name.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { suggest } from '../settings/suggest.ts'
import { kinds } from './kinds.ts'

export interface NamedTemplate {
  /** `udev/61-pktw.rules` */
  name: string
  file: string
}

/** A warning for each of `theirs` that no file and no package is made from. `ours`: names of all that came with the program. */
export function uselessTemplates(theirs: readonly NamedTemplate[], ours: readonly string[]): Diagnostic[] {
  const names = kinds.map((row) => row.template)
  const ofPackages = new Set(ours.filter((name) => name.startsWith('package/')))
  return theirs
    .filter(({ name }) => !names.includes(name) && !ofPackages.has(name))
    .map(({ name, file }) => {
      const near = suggest(name, names)
      const hint = near === undefined ? '' : ` Did you mean ${near}.hbs?`
      return diagnose('gen.template-useless', { file, hint })
    })
}
