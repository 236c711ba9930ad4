// pktw-gen package FORMAT, pktw-gen ansible
import type { LayoutName } from '../../artifacts/layouts.ts'
import { diagnose } from '../../diagnostics/catalogue.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { exit, Stop, stopOnErrors, take } from '../../diagnostics/stop.ts'
import { EscapeError } from '../../render/escape.ts'
import { TemplateError } from '../../render/render.ts'
import { licencesIn, readPrograms } from '../../system/bundle.ts'
import { run } from '../../system/run.ts'
import { makeVerified, type SourceOptions } from '../source.ts'
import { say, sayJson, tell } from '../terminal.ts'
import { ansibleRole } from './ansible.ts'
import { archRecipe } from './arch.ts'
import { build, writeRecipe } from './build.ts'
import { debRecipe } from './deb.ts'
import { confextRecipe, sysextRecipe } from './extension.ts'
import { payloadOf } from './payload.ts'
import type { Ingredients, Recipe } from './recipe.ts'
import { rpmRecipe } from './rpm.ts'

const formats = {
  deb: { layout: 'debian', recipe: debRecipe },
  rpm: { layout: 'fedora', recipe: rpmRecipe },
  arch: { layout: 'arch', recipe: archRecipe },
  sysext: { layout: 'generic', recipe: sysextRecipe },
  confext: { layout: 'generic', recipe: confextRecipe },
} as const satisfies Record<string, { layout: LayoutName; recipe(ingredients: Ingredients): Recipe }>

interface PackageOptions extends Omit<SourceOptions, 'layout'> {
  format: keyof typeof formats
  layout: LayoutName | undefined
  out: string
  maintainer: string
  osId: string
  osVersion: string | undefined
  build: boolean
  json: boolean
}

/** Of all files: SOURCE_DATE_EPOCH, which `makeVerified` has looked at, or the day of the release. Seconds since 1970. */
const epochOf = (date: string): number =>
  Number(process.env.SOURCE_DATE_EPOCH || Date.parse(`${date}T00:00:00Z`) / 1000)

/** A value that does not fit is told as what it is, and not as a fault of ours. */
function told<T>(use: () => T): T {
  try {
    return use()
  } catch (error) {
    if (error instanceof EscapeError)
      throw new Stop([diagnose('gen.package-value', { reason: error.message })], exit.trouble)
    if (error instanceof TemplateError) {
      const at = { file: error.file, line: error.line ?? 1, column: 1 }
      throw new Stop([
        diagnose('gen.template-broken', { template: error.file, reason: error.message }, { at }),
      ])
    }
    throw error
  }
}

/** What the options and the programs beside this one give. Throws Stop. */
async function gather(
  options: SourceOptions & { maintainer: string; out: string },
  os: Ingredients['os'] = { id: '_any', version: undefined },
): Promise<Ingredients> {
  if (options.out === '')
    throw new Stop([diagnose('gen.directory-unnamed', { option: '--out' })], exit.trouble)
  // deb-src-control(5), Maintainer; the others have it in the same form. What no grammar holds is told by the escapers.
  if (!/^[^<>]*[^<>\s][^<>]* <[^<>\s@]+@[^<>\s@]+>$/.test(options.maintainer))
    throw new Stop(
      [
        diagnose('gen.package-value', {
          reason: `--maintainer ${JSON.stringify(options.maintainer)} is not written NAME <ADDRESS>`,
        }),
      ],
      exit.trouble,
    )
  const made = await makeVerified(options)
  const programs = take(await readPrograms())
  return {
    made,
    payload: payloadOf(made, programs),
    programs,
    licences: licencesIn(programs),
    templates: made.templates,
    filled: [],
    epoch: epochOf(made.release.date),
    maintainer: options.maintainer,
    os,
  }
}

/** What somebody else's templates made of the package, before anything of it is written. Throws Stop. */
async function verifyParts({ made, filled }: Ingredients): Promise<Diagnostic[]> {
  const theirs = filled.filter(({ template }) => made.overridden.has(template.file))
  if (theirs.length === 0) return []
  const { verifyFilled } = await import('../../verify/package-files.ts')
  const found = await verifyFilled(theirs, run)
  stopOnErrors(found)
  return found
}

/** Gives the exit code; throws Stop. */
export async function packageVerb(options: PackageOptions): Promise<number> {
  const { format } = options
  const layout = options.layout ?? formats[format].layout
  const ingredients = await gather({ ...options, layout }, { id: options.osId, version: options.osVersion })
  const recipe = told(() => formats[format].recipe(ingredients))
  const verified = await verifyParts(ingredients)
  const out = await writeRecipe(options.out, recipe, ingredients.epoch)
  const built = options.build
    ? await build(out, recipe, format, ingredients.epoch)
    : { product: undefined, diagnostics: [] }
  const diagnostics = [
    ...ingredients.made.diagnostics,
    ...verified,
    ...(recipe.diagnostics ?? []),
    ...built.diagnostics,
  ]
  const { stages } = recipe
  if (options.json)
    sayJson({ format, out: options.out, files: stages, product: built.product ?? null, diagnostics })
  else {
    tell(diagnostics)
    say([...stages, ...(built.product === undefined ? [] : [built.product])].join('\n'))
  }
  return options.build && built.product === undefined ? exit.findings : exit.done
}

/** Gives the exit code; throws Stop. */
export async function ansible(options: SourceOptions & { maintainer: string; out: string }): Promise<number> {
  const ingredients = await gather(options)
  const role = told(() => ansibleRole(ingredients))
  const verified = await verifyParts(ingredients)
  await writeRecipe(options.out, role, ingredients.epoch)
  tell([...ingredients.made.diagnostics, ...verified])
  say(role.stages.join('\n'))
  return exit.done
}
