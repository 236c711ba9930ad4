// A value put into YAML text, so that everything else in the text stays where it is.
import { isDeepStrictEqual } from 'node:util'
import { Document, isCollection, isScalar, type Node, parseDocument, visit } from 'yaml'
import { changesFor } from './yaml-merge.ts'

export type Path = readonly (string | number)[]

const parse = (some: string): Document.Parsed => parseDocument(some, { prettyErrors: false })

/** Only comments, or nothing; a `---` makes a null of that, and so does `~`. */
export const isNothing = ({ contents }: Document): boolean =>
  contents === null || (isScalar(contents) && contents.value === null)

/** Sets it, with the sections above it that are missing. */
function put(document: Document, path: Path, node: Node | null): void {
  if (isNothing(document)) document.contents = document.createNode({})
  for (let length = 1; length < path.length; length++)
    if (!isCollection(document.getIn(path.slice(0, length), true)))
      document.setIn(path.slice(0, length), document.createNode(typeof path[length] === 'number' ? [] : {}))
  document.setIn(path, node)
}

/** Change by change. Line breaks come out as `eol`. */
function merged(text: string, wanted: unknown, eol: string): string | undefined {
  const document = parse(text)
  if (isNothing(document)) {
    if (isScalar(document.contents) && document.contents.source !== '') return undefined
    const whole = text === '' || text.endsWith('\n') ? text : `${text}${eol}`
    const lines = new Document(wanted).toString({ lineWidth: 0 }).replaceAll('\n', eol)
    return `${whole}${whole === '' ? '' : eol}${lines}`
  }
  return changesFor(text, document, wanted)?.reduce(
    (some, change) =>
      `${some.slice(0, change.from)}${change.text.replaceAll('\n', eol)}${some.slice(change.to)}`,
    text,
  )
}

/** By the writer of the library: right for any text, but lines may come out in another form. */
function rewritten(text: string, path: Path, node: Node | null, eol: string): string {
  const document = parse(text.replaceAll('\r\n', '\n'))
  put(document, path, node)
  visit(document, {
    Scalar(_key, scalar) {
      // YAML 1.2 takes 0660 for 660, and would write it so; as a text it keeps its zero.
      if (typeof scalar.value === 'number' && /^0\d/.test(scalar.source ?? '')) scalar.value = scalar.source
    },
  })
  return document.toString({ lineWidth: 0 }).replaceAll('\n', eol)
}

/**
 * The text with a value at the path, changed in as few places as can be, or, where its form does not allow that, written anew. Byte
 * order mark and line breaks stay as they are. The text is YAML, with a mapping or nothing in it.
 */
export function withValue(text: string, path: Path, node: Node | null): string {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  const plain = text.slice(mark.length)
  const eol = /^[^\n]*\r\n/.test(plain) ? '\r\n' : '\n'
  const document = parse(plain)
  put(document, path, node)
  const wanted = document.toJS() as unknown
  const attempt = merged(plain, wanted, eol)
  if (attempt !== undefined) {
    const result = parse(attempt)
    if (result.errors.length === 0 && isDeepStrictEqual(result.toJS(), wanted)) return `${mark}${attempt}`
  }
  return `${mark}${rewritten(plain, path, node, eol)}`
}
