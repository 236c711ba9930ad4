// A value put into YAML text, so that everything else in the text stays where it is.
import { isDeepStrictEqual } from 'node:util'
import {
  Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml'

export type Path = readonly (string | number)[]

const inFlow = (node: Node | null): string =>
  new Document(node).toString({ collectionStyle: 'flow', lineWidth: 0 }).trimEnd()

/** In the place of the value that is there, when both are on one line. */
function replaced(text: string, document: Document, path: Path, node: Node | null): string | undefined {
  const old: unknown = document.getIn(path, true)
  const simple =
    (isScalar(old) && (old.type === 'PLAIN' || old.type?.startsWith('QUOTE') === true)) ||
    (isCollection(old) && old.flow === true)
  const range = simple ? (old as Node).range : undefined
  const value = inFlow(node)
  if (range === undefined || range === null || range[0] === range[1] || /\n/.test(value)) return undefined
  if (/\n/.test(text.slice(range[0], range[1]))) return undefined
  return `${text.slice(0, range[0])}${value}${text.slice(range[1])}`
}

/** The deepest mapping on the path, when it is written line by line, and how much of the path leads to it. */
function sectionOf(document: Document, path: Path): { map: YAMLMap; depth: number } | undefined {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const there: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)
    if (isMap(there)) return there.flow === true ? undefined : { map: there, depth }
    if (isSeq(there)) return undefined
  }
  return undefined
}

const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** On lines of its own, behind the last key of its section. */
function appended(text: string, document: Document, path: Path, node: Node | null): string | undefined {
  const section = sectionOf(document, path)
  const rest = section === undefined ? path : path.slice(section.depth)
  if (rest.some((step) => typeof step === 'number')) return undefined
  const own = new Document({})
  own.setIn(rest, node)
  const lines = own.toString({ lineWidth: 0 })
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`
  // Only comments.
  if (document.contents === null) return `${whole}${whole === '' ? '' : '\n'}${lines}`
  const pairs = (section?.map.items ?? []) as Pair<Node, Node | null>[]
  const empty = pairs.find(({ key }) => isScalar(key) && key.value === rest[0])
  const last = empty ?? pairs.at(-1)
  const first = pairs[0]?.key.range?.[0]
  if (last === undefined || first === undefined) return undefined
  const indent = ' '.repeat(first - (text.lastIndexOf('\n', first - 1) + 1))
  const end = (isNode(last.value) ? last.value.range?.[1] : undefined) ?? last.key.range?.[1] ?? 0
  const at = end > 0 && whole[end - 1] === '\n' ? end : lineEnd(whole, end)
  // Of `mount:` with nothing behind it only what belongs below is new.
  const fresh = empty === undefined ? lines : lines.slice(lines.indexOf('\n') + 1)
  return `${whole.slice(0, at)}${fresh.replace(/^(?=.)/gm, indent)}${whole.slice(at)}`
}

/** By the document: right for any text, but lines may come out in another form. */
function rewritten(document: Document, path: Path, node: Node | null): string {
  for (let length = 1; length < path.length; length++)
    if (!isCollection(document.getIn(path.slice(0, length), true)))
      document.setIn(path.slice(0, length), document.createNode(typeof path[length] === 'number' ? [] : {}))
  document.setIn(path, node)
  visit(document, {
    Scalar(_key, scalar) {
      // YAML 1.2 takes 0660 for 660, and would write it so; as a text it keeps its zero.
      if (typeof scalar.value === 'number' && /^0\d/.test(scalar.source ?? '')) scalar.value = scalar.source
    },
  })
  return document.toString({ lineWidth: 0 })
}

/**
 * The text with a value at the path: in the place of the one that is there, behind the other keys of its section, or, where
 * neither can be done, by writing all of it anew. The text is YAML, with a mapping or nothing in it.
 */
export function withValue(text: string, path: Path, node: Node | null): string {
  const parse = (some: string): Document.Parsed => parseDocument(some, { prettyErrors: false })
  const wanted = new Document(node).toJS() as unknown
  const isRight = (some: string | undefined): some is string => {
    if (some === undefined) return false
    const document = parse(some)
    return (
      document.errors.length === 0 &&
      isDeepStrictEqual(new Document(document.getIn(path, true)).toJS(), wanted)
    )
  }
  const attempts = [replaced, appended].map((attempt) => attempt(text, parse(text), path, node))
  return attempts.find(isRight) ?? rewritten(parse(text), path, node)
}
