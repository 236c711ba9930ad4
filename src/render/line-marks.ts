// Which line of a template a line of its output comes from: marks in the template's own text, read off the output.
import Handlebars from 'handlebars'

// Private characters: no template of ours has them, and no escaper that may see them makes a digit between them.
const open = '\u0001'
const close = '\u0002'
const mark = (line: number): string => `${open}${line}${close}`
const marks = new RegExp(`${open}(\\d+)${close}`)

/**
 * Puts a mark in front of each value and of each line of each piece of text. Handlebars has taken away the lines of
 * blocks by then.
 */
export function markLines(tree: hbs.AST.Program): void {
  new LineMarks().accept(tree)
}

class LineMarks extends Handlebars.Visitor {
  override Program(program: hbs.AST.Program): void {
    super.Program(program)
    program.body = program.body.flatMap((statement) => {
      if (statement.type !== 'MustacheStatement') return [statement]
      const value = mark(statement.loc.start.line)
      const content = { type: 'ContentStatement', value, original: value, loc: statement.loc }
      return [content as hbs.AST.Statement, statement]
    })
  }

  override ContentStatement(content: hbs.AST.ContentStatement): void {
    const { loc, value } = content
    if (value === '') return
    // What was taken away in front may hold a line break of its own.
    const original = String(content.original)
    const taken = original.startsWith(value) ? '' : (/^[ \t]*\r?\n/.exec(original)?.[0] ?? '')
    const first = loc.start.line + (taken === '' ? 0 : 1)
    const parts = value.split('\n')
    content.value = parts
      .map((part, index) =>
        part === '' && index > 0 && index === parts.length - 1 ? '' : `${mark(first + index)}${part}`,
      )
      .join('\n')
  }
}

/** The first mark of each line; a line without any is the rest of a value that has several. */
export function readMarks(text: string): number[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let last = 1
  return lines.map((line) => {
    const match = marks.exec(line)
    if (match !== null) last = Number(match[1])
    return last
  })
}
