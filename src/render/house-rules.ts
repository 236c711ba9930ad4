// What holds for our templates beyond Handlebars' own strictness. Checked and prepared on the syntax tree.
import Handlebars from 'handlebars'

/** Where a helper stands, for its messages; handed to it as hash arguments. */
export interface Origin {
  line: number
  /** The argument as it is written: `match.vendor`. */
  argument: string
}

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

const originalOf = (node: hbs.AST.Node | undefined): string =>
  node !== undefined && 'original' in node ? String(node.original) : ''

/**
 * Refuses a template that puts a value out as it is, and tells every helper its origin: Handlebars tells helpers
 * nothing of where they stand, and takes names that there are not for empty.
 */
export class HouseRules extends Handlebars.Visitor {
  readonly file: string
  readonly escapers: ReadonlySet<string>
  constructor(file: string, escapers: ReadonlySet<string>) {
    super()
    this.file = file
    this.escapers = escapers
  }

  override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
    const name = originalOf(mustache.path)
    if (!this.escapers.has(name) || mustache.params.length !== 1)
      throw new TemplateError(
        this.file,
        mustache.loc.start.line,
        `{{${name}}} names no escaper; write {{unit ${name}}}, {{udev ${name}}} or another`,
      )
    addOrigin(mustache)
  }

  override BlockStatement(block: hbs.AST.BlockStatement): void {
    addOrigin(block)
    super.BlockStatement(block)
  }
}

function addOrigin(call: hbs.AST.MustacheStatement | hbs.AST.BlockStatement): void {
  const { loc } = call
  const line = { type: 'NumberLiteral', value: loc.start.line, original: loc.start.line, loc }
  const text = originalOf(call.params[0])
  const argument = { type: 'StringLiteral', value: text, original: text, loc }
  const pairs = [
    { type: 'HashPair', key: 'line', value: line, loc },
    { type: 'HashPair', key: 'argument', value: argument, loc },
  ] as hbs.AST.HashPair[]
  call.hash = { type: 'Hash', pairs, loc } as hbs.AST.Hash
}
