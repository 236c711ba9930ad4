// What one format of package is made from, as a value: files to write, and the program that makes the package of them.
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Template, Templates } from '../../render/render.ts'
import { render } from '../../render/render.ts'
import type { Licence, ProgramFile } from '../../system/bundle.ts'
import type { Made } from '../source.ts'
import type { Node, Payload } from './payload.ts'

interface Builder {
  program: string
  /** `{out}`, here and in the environment, is the absolute path of --out. */
  argv: readonly string[]
  env?: Readonly<Record<string, string>>
  /** Without it the program fails, and says no word of it. */
  needs?: string
  /** The packages of Debian that have them. */
  from: string
}

export interface Recipe {
  /** Below --out; everything that is there in its place is removed first. */
  stages: string[]
  /** Paths are below --out, with a leading slash. */
  nodes: Node[]
  /** The first that is installed is used. */
  builders: Builder[]
  /** What they make, below --out. */
  product: string
  /** What is no error, but hardly meant. */
  diagnostics?: readonly Diagnostic[]
  /** Directories below --out that a builder leaves behind. */
  leftovers?: readonly string[]
}

/** What all formats are made from. */
export interface Ingredients {
  made: Made
  payload: Payload
  programs: readonly ProgramFile[]
  licences: readonly Licence[]
  templates: Templates
  /** What was made of them: `fill` writes it down. */
  filled: { template: Template; text: string }[]
  /** Seconds since 1970: of all files. */
  epoch: number
  /** `Name <address>`. */
  maintainer: string
  os: { id: string; version: string | undefined }
}

/** Fills a template of packages. Throws TemplateError and EscapeError. */
export function fill(
  { templates, filled }: Pick<Ingredients, 'templates' | 'filled'>,
  name: string,
  data: Record<string, unknown>,
): Uint8Array {
  const template: Template | undefined = templates.get(`package/${name}`)
  if (template === undefined) throw new Error(`the template package/${name} is missing`)
  const text = render(template, data)
  filled.push({ template, text })
  return Buffer.from(text)
}
