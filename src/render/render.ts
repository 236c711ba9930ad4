// Handlebars, set up once. Its own escaping is HTML's and would spoil every other grammar, so it is off, and in its
// place each {{…}} of a template must name the escaper of the grammar it stands in.
import Handlebars from 'handlebars'
import * as escapers from './escape.ts'

export interface Template {
  /** `udev/61-pktw.rules` */
  name: string
  /** Where it was read from, for messages. */
  file: string
  text: string
}
export type Templates = ReadonlyMap<string, Template>

/** A template that cannot be used. `line` counts from 1 in the template. */
export class TemplateError extends Error {
  override name = 'TemplateError'
  readonly file: string
  readonly line: number | undefined
  constructor(file: string, line: number | undefined, message: string) {
    super(message)
    this.file = file
    this.line = line
  }
}

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
  yaml: escapers.yaml,
  js: escapers.js,
} as const

/** Escapers of the value's parts, joined by the grammar's own separator. */
const listEscapers = {
  /** Words separated by spaces. */
  unitList: (values: readonly string[]) => values.map(escapers.unit).join(' '),
  /** Mount options in a unit: separated by commas. */
  unitOptions: (values: readonly string[]) => values.map(escapers.unit).join(','),
  fstabOptions: (values: readonly string[]) => values.map(escapers.fstab).join(','),
  udevOptions: (values: readonly string[]) => values.map(escapers.udev).join(','),
} as const

const handlebars = Handlebars.create()
const known: Record<string, boolean> = { eq: true, json: true }

for (const [name, escaper] of Object.entries(textEscapers)) {
  known[name] = true
  handlebars.registerHelper(name, (value: unknown) => {
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new TypeError(`{{${name}}} takes text, not ${value === null ? 'null' : typeof value}`)
    return escaper(String(value))
  })
}
for (const [name, escaper] of Object.entries(listEscapers)) {
  known[name] = true
  handlebars.registerHelper(name, (values: unknown) => {
    if (!Array.isArray(values) || !values.every((v) => typeof v === 'string'))
      throw new TypeError(`{{${name}}} takes a list of texts`)
    return escaper(values)
  })
}
handlebars.registerHelper('json', (value: unknown) => escapers.json(value))
handlebars.registerHelper('eq', (a: unknown, b: unknown) => a === b)

/** Names of the escapers, for the house rule that every {{…}} has one. */
const escaperNames = new Set([...Object.keys(textEscapers), ...Object.keys(listEscapers), 'json'])

/** Refuses a template that puts a value out as it is. */
class EscaperGuard extends Handlebars.Visitor {
  readonly file: string
  constructor(file: string) {
    super()
    this.file = file
  }
  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    const name = 'original' in mustache.path ? String(mustache.path.original) : ''
    if (!escaperNames.has(name) || mustache.params.length !== 1)
      throw new TemplateError(
        this.file,
        mustache.loc.start.line,
        `{{${name}}} names no escaper; write {{unit ${name}}}, {{udev ${name}}} or another`,
      )
  }
}

const lineOf = (error: unknown): number | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  if ('lineNumber' in error && typeof error.lineNumber === 'number') return error.lineNumber
  const message = error instanceof Error ? error.message : ''
  const match = /line (\d+)|- (\d+):\d+$/.exec(message)
  return match === null ? undefined : Number(match[1] ?? match[2])
}

/**
 * Fills a template.
 * @throws EscapeError when a value does not fit its grammar
 * @throws TemplateError when the template is not well-formed, or asks for something that there is not
 */
export function render(template: Template, data: Record<string, unknown>): string {
  try {
    const tree = Handlebars.parse(template.text)
    new EscaperGuard(template.file).accept(tree)
    const fill = handlebars.compile(tree, {
      noEscape: true,
      strict: true,
      knownHelpersOnly: true,
      knownHelpers: known,
    })
    return fill(data)
  } catch (error) {
    if (error instanceof escapers.EscapeError || error instanceof TemplateError) throw error
    throw new TemplateError(
      template.file,
      lineOf(error),
      error instanceof Error ? error.message : String(error),
    )
  }
}
