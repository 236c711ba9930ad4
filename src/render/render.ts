// Handlebars, set up once. Its own escaping is HTML's and would spoil every other grammar, so it is off, and in its
// place each {{…}} of a template must name the escaper of the grammar it stands in.
import Handlebars from 'handlebars'
import * as escapers from './escape.ts'
import { HouseRules, type Origin, TemplateError } from './house-rules.ts'
import { markLines, readMarks } from './line-marks.ts'

export { TemplateError }

export interface Template {
  /** `udev/61-pktw.rules` */
  name: string
  /** Where it was read from, for messages. */
  file: string
  text: string
}
export type Templates = ReadonlyMap<string, Template>

const textEscapers = {
  udev: escapers.udev,
  udevMatch: escapers.udevMatch,
  udevGlob: escapers.udevGlob,
  udevArg: escapers.udevArg,
  udevWants: escapers.udevWants,
  unit: escapers.unit,
  unitArg: escapers.unitArg,
  fstab: escapers.fstab,
  xml: escapers.xml,
  tmpfiles: escapers.tmpfiles,
  roff: escapers.roff,
  shell: escapers.shell,
  isoDate: escapers.isoDate,
  sh: escapers.sh,
  control: escapers.control,
  controlText: escapers.controlText,
  spec: escapers.spec,
  ansible: escapers.ansible,
  yaml: escapers.yaml,
  js: escapers.js,
} as const

/** Escapers of the value's parts, joined by the grammar's own separator. */
const listEscapers = {
  /** Mount options in a unit: separated by commas. */
  unitOptions: (values: readonly string[]) => values.map(escapers.unit).join(','),
  fstabOptions: (values: readonly string[]) => values.map(escapers.fstab).join(','),
  udevOptions: (values: readonly string[]) => values.map(escapers.udev).join(','),
} as const

/** Names of the escapers: every {{…}} has one. */
export const escaperNames: ReadonlySet<string> = new Set([
  ...Object.keys(textEscapers),
  ...Object.keys(listEscapers),
  'json',
])

/** A helper that was given something else than it takes. */
class HelperError extends Error {
  readonly line: number
  constructor({ line, argument }: Origin, message: string) {
    super(`${argument} ${message}`)
    this.line = line
  }
}

interface Options {
  hash: Origin
}

const handlebars = Handlebars.create()

for (const [name, escaper] of Object.entries(textEscapers))
  handlebars.registerHelper(name, (value: unknown, { hash }: Options) => {
    if (typeof value === 'string' || typeof value === 'number') return escaper(String(value))
    throw new HelperError(hash, value === undefined ? 'is not there' : `is a ${typeof value}, not text`)
  })
for (const [name, escaper] of Object.entries(listEscapers))
  handlebars.registerHelper(name, (values: unknown, { hash }: Options) => {
    if (Array.isArray(values) && values.every((v) => typeof v === 'string')) return escaper(values)
    throw new HelperError(hash, values === undefined ? 'is not there' : 'is not a list of texts')
  })
handlebars.registerHelper('json', (value: unknown) => escapers.json(value))
handlebars.registerHelper('eq', (a: unknown, b: unknown) => a === b)

// The blocks take what is not there for false or empty; with us it is a slip of the pen.
for (const name of ['if', 'unless', 'each']) {
  const original = handlebars.helpers[name] as Handlebars.HelperDelegate
  handlebars.registerHelper(name, function (this: unknown, value: unknown, options: Options) {
    if (value === undefined) throw new HelperError(options.hash, 'is not there')
    return original.call(this, value, options)
  })
}

const knownHelpers = Object.fromEntries([...escaperNames, 'eq'].map((name) => [name, true]))

const lineOf = (error: unknown): number | undefined => {
  if (error instanceof HelperError) return error.line
  if (typeof error !== 'object' || error === null) return undefined
  if ('lineNumber' in error && typeof error.lineNumber === 'number') return error.lineNumber
  const message = error instanceof Error ? error.message : ''
  const match = /line (\d+)|- (\d+):\d+$/.exec(message)
  return match === null ? undefined : Number(match[1] ?? match[2])
}

type Fill = (data: Record<string, unknown>) => string
const compiled = new WeakMap<Template, Fill>()
const traced = new WeakMap<Template, Fill>()

/** Ready to be filled; once for each template, however many settings it is filled with. */
function compile(template: Template, trace: boolean): Fill {
  const cache = trace ? traced : compiled
  const known = cache.get(template)
  if (known !== undefined) return known
  const tree = Handlebars.parse(template.text)
  new HouseRules(template.file, escaperNames).accept(tree)
  if (trace) markLines(tree)
  const fill: Fill = handlebars.compile(tree, {
    noEscape: true,
    strict: true,
    knownHelpersOnly: true,
    knownHelpers,
  })
  cache.set(template, fill)
  return fill
}

function filled(template: Template, data: Record<string, unknown>, trace: boolean): string {
  try {
    return compile(template, trace)(data)
  } catch (error) {
    if (error instanceof escapers.EscapeError || error instanceof TemplateError) throw error
    throw new TemplateError(
      template.file,
      lineOf(error),
      error instanceof Error ? error.message : String(error),
    )
  }
}

/**
 * Fills a template.
 * @throws EscapeError when a value does not fit its grammar
 * @throws TemplateError when the template is not well-formed, or asks for something that there is not
 */
export const render = (template: Template, data: Record<string, unknown>): string =>
  filled(template, data, false)

/** For each line of what `render` gives, the line of the template that it comes from, counted from 1. Throws as render does. */
export const templateLines = (template: Template, data: Record<string, unknown>): number[] =>
  readMarks(filled(template, data, true))
