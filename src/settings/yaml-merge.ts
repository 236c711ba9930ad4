// What has to be changed in YAML text for it to say something else: the fewest places, so that comments, order and form of all
// the rest stay.
import { isDeepStrictEqual } from 'node:util'
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Document as NewDocument,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml'

/** Characters from `from` up to `to` become `text`. */
export interface Change {
  from: number
  to: number
  text: string
}

type Plain = Readonly<Record<string, unknown>>

/** Thrown, and caught here, where the form is one that only a YAML writer can change. */
class Unmergeable extends Error {}

const isPlainMap = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A mapping or a list with something in it. */
const isFilled = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length > 0

/** Written line by line. */
const isBlock = (node: unknown): boolean => isCollection(node) && node.flow !== true

const keyOf = ({ key }: Pair): string => String(isScalar(key) ? key.value : key)

const inFlow = (value: unknown): string =>
  new NewDocument(value).toString({ collectionStyle: 'flow', lineWidth: 0 }).trimEnd()

/** As it is written line by line, at the left margin. */
const inBlock = (value: unknown): string => new NewDocument(value).toString({ lineWidth: 0 })

const indented = (lines: string, columns: number): string => lines.replace(/^(?=.)/gm, ' '.repeat(columns))

/** Start, and end without what is behind it. */
function rangeOf(node: unknown): [from: number, to: number] {
  const range = isNode(node) ? node.range : undefined
  if (range === undefined || range === null) throw new Unmergeable()
  return [range[0], range[1]]
}

/** Puts changes together for one text. */
class Merge {
  readonly changes: Change[] = []
  readonly #text: string
  readonly #document: Document
  constructor(text: string, document: Document) {
    this.#text = text
    this.#document = document
  }

  #change(from: number, to: number, text = ''): void {
    this.changes.push({ from, to, text })
  }

  #lineStart(at: number): number {
    return at === 0 ? 0 : this.#text.lastIndexOf('\n', at - 1) + 1
  }

  /** Behind the line break of the line that ends a value, which block scalars have in their range. */
  #lineEnd(at: number): number {
    if (at > 0 && this.#text[at - 1] === '\n') return at
    const end = this.#text.indexOf('\n', at)
    return end < 0 ? this.#text.length : end + 1
  }

  #endOf({ key, value }: Pair): number {
    return isNode(value) && value.range ? value.range[1] : rangeOf(key)[1]
  }

  /** Whole lines behind the one that ends at `at`. */
  #insertLines(at: number, lines: string): void {
    const end = this.#lineEnd(at)
    const open = end > 0 && this.#text[end - 1] !== '\n'
    this.#change(end, end, open ? `\n${lines.trimEnd()}` : lines)
  }

  value(old: unknown, wanted: unknown): void {
    const now: unknown = isNode(old) ? old.toJS(this.#document) : old
    if (isDeepStrictEqual(now, wanted)) return
    if (this.#inPart(old, wanted)) return
    const [from, to] = rangeOf(old)
    if (isBlock(old)) {
      const column = from - this.#lineStart(from)
      const lines = isFilled(wanted) ? indented(inBlock(wanted), column).trimStart() : `${inFlow(wanted)}\n`
      this.#change(from, this.#lineEnd(to), lines)
      return
    }
    // A text behind `|` or `>` has its line break in it.
    const end = isScalar(old) && old.type?.startsWith('BLOCK') === true ? '\n' : ''
    this.#change(from, to, `${inFlow(wanted)}${end}`)
  }

  /** Whether some of it stays, and the rest could be changed. */
  #inPart(old: unknown, wanted: unknown): boolean {
    const before = this.changes.length
    try {
      if (isMap(old) && isPlainMap(wanted) && old.items.some((pair) => Object.hasOwn(wanted, keyOf(pair))))
        this.#map(old, wanted)
      else if (isSeq(old) && Array.isArray(wanted) && old.items.length > 0 && wanted.length > 0)
        this.#seq(old, wanted)
      else return false
      return true
    } catch (error) {
      if (!(error instanceof Unmergeable)) throw error
      this.changes.length = before
      return false
    }
  }

  /** What follows a key, on its line; of what stood below nothing is left. */
  #onLineOf(key: unknown, wanted: unknown, below?: unknown): void {
    const colon = this.#text.indexOf(':', rangeOf(key)[1]) + 1
    if (colon === 0) throw new Unmergeable()
    this.#change(colon, colon, ` ${inFlow(wanted)}`)
    if (below === undefined) return
    const [from, to] = rangeOf(below)
    this.#change(this.#lineStart(from), this.#lineEnd(to))
  }

  /** Below a key with nothing behind it. */
  #emptyPair({ key }: Pair, wanted: unknown): void {
    const lines = inBlock({ x: wanted })
    const [from, to] = rangeOf(key)
    this.#insertLines(to, indented(lines.slice(lines.indexOf('\n') + 1), from - this.#lineStart(from)))
  }

  #pairValue(pair: Pair, wanted: unknown): void {
    const { key, value } = pair
    if (isScalar(value) && value.value === null && value.source === '') {
      if (isFilled(wanted)) this.#emptyPair(pair, wanted)
      else if (wanted !== null) this.#onLineOf(key, wanted)
    } else if (isBlock(value) && !(isFilled(wanted) && isSeq(value) === Array.isArray(wanted)))
      this.#onLineOf(key, wanted, value)
    else this.value(value, wanted)
  }

  #map(old: YAMLMap, wanted: Plain): void {
    const pairs = old.items as Pair[]
    if (old.flow === true && pairs.filter((pair) => !Object.hasOwn(wanted, keyOf(pair))).length > 1)
      throw new Unmergeable()
    for (const [index, pair] of pairs.entries())
      if (Object.hasOwn(wanted, keyOf(pair))) this.#pairValue(pair, wanted[keyOf(pair)])
      else this.#removePair(old, index)
    const known = new Set(pairs.map(keyOf))
    const fresh = Object.entries(wanted).filter(([key]) => !known.has(key))
    if (fresh.length === 0) return
    const end = this.#endOf(pairs.at(-1) as Pair)
    const [first] = rangeOf((pairs[0] as Pair).key)
    const text = fresh
      .map(([key, value]) => `, ${inFlow({ [key]: value }).replace(/^\{ ?| ?\}$/g, '')}`)
      .join('')
    if (old.flow === true) this.#change(end, end, text)
    else this.#insertLines(end, indented(inBlock(Object.fromEntries(fresh)), first - this.#lineStart(first)))
  }

  #removePair(old: YAMLMap, index: number): void {
    const pairs = old.items as Pair[]
    const pair = pairs[index] as Pair
    const [from] = rangeOf(pair.key)
    const end = this.#endOf(pair)
    if (old.flow !== true && this.#text.slice(this.#lineStart(from), from).trim() === '')
      this.#change(this.#lineStart(from), this.#lineEnd(end))
    else this.#removeBetween(from, end, pairs[index + 1]?.key, pairs[index - 1])
  }

  /** In braces and brackets, or behind the dash of a list: up to what follows, or from what precedes. */
  #removeBetween(from: number, to: number, next: unknown, before: Pair | Node | undefined): void {
    if (next !== undefined) this.#change(from, rangeOf(next)[0])
    else if (before === undefined) throw new Unmergeable()
    else this.#change(isNode(before) ? rangeOf(before)[1] : this.#endOf(before as Pair), to)
  }

  #seq(old: YAMLSeq, wanted: readonly unknown[]): void {
    const items = old.items as Node[]
    const now = items.map((item): unknown => item.toJS(this.#document))
    let [at, to] = [0, 0]
    for (const [keptAt, keptTo] of [...common(now, wanted), [now.length, wanted.length] as const]) {
      // What changed between two that stay: one for one as far as it goes.
      while (at < keptAt && to < keptTo) this.value(items[at++], wanted[to++])
      if (at < keptAt) this.#removeItems(old, at, keptAt)
      if (to < keptTo) this.#insertItems(old, at, wanted.slice(to, keptTo))
      at = keptAt + 1
      to = keptTo + 1
    }
  }

  /** Where the dash of an item is: comments, an anchor or a tag may be in between. */
  #dashOf(old: YAMLSeq, item: Node): number {
    const [first] = rangeOf(old)
    if (this.#text[first] !== '-') throw new Unmergeable()
    if (item === old.items[0]) return first
    const column = first - this.#lineStart(first)
    for (let start = this.#lineStart(rangeOf(item)[0]); start > first; start = this.#lineStart(start - 1))
      if (/^ *-\s/.test(this.#text.slice(start, start + column + 2)) && this.#text[start + column] === '-')
        return start + column
    throw new Unmergeable()
  }

  /** The start of a line that has nothing before the dash: not of a list that is an item itself. */
  #ownLine(dash: number): number {
    const start = this.#lineStart(dash)
    if (this.#text.slice(start, dash).trim() !== '') throw new Unmergeable()
    return start
  }

  /** From the first to the one before `end`. What stands between lines of a list stays. */
  #removeItems(old: YAMLSeq, first: number, end: number): void {
    const items = old.items as Node[]
    const [from, to] = [rangeOf(items[first])[0], rangeOf(items[end - 1])[1]]
    const start = this.#lineStart(from)
    const rest = /^[ \t]*,?[ \t]*(#[^\n]*)?\n/.exec(this.#text.slice(to))
    // On lines of their own their comments go with them, and those of others stay.
    if (old.flow === true && rest !== null && this.#text.slice(start, from).trim() === '')
      this.#change(start, to + rest[0].length)
    else if (old.flow === true) this.#removeBetween(from, to, items[end], items[first - 1])
    else
      for (const item of items.slice(first, end)) {
        this.#change(this.#ownLine(this.#dashOf(old, item)), this.#lineEnd(rangeOf(item)[1]))
      }
  }

  /** Before item `index`, which may be one more than there are. */
  #insertItems(old: YAMLSeq, index: number, wanted: readonly unknown[]): void {
    const items = old.items as Node[]
    const [before, after] = [items[index - 1], items[index]]
    if (old.flow === true) {
      const texts = wanted.map(inFlow).join(', ')
      const at = before === undefined ? rangeOf(after)[0] : rangeOf(before)[1]
      this.#change(at, at, before === undefined ? `${texts}, ` : `, ${texts}`)
      return
    }
    const dash = this.#dashOf(old, (before ?? after) as Node)
    const lines = indented(inBlock(wanted), dash - this.#lineStart(dash))
    if (before !== undefined) this.#insertLines(rangeOf(before)[1], lines)
    else this.#change(this.#ownLine(dash), this.#ownLine(dash), lines)
  }
}

/** The longest list of items that both have, in order, by their places in each. */
function common(a: readonly unknown[], b: readonly unknown[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      (lengths[i] as number[])[j] = isDeepStrictEqual(a[i], b[j])
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1))
  const found: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (isDeepStrictEqual(a[i], b[j])) found.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  return found
}

/** The changes, from the last to the first; undefined where the form does not allow it. */
export function changesFor(text: string, document: Document, wanted: unknown): Change[] | undefined {
  const merge = new Merge(text, document)
  try {
    merge.value(document.contents, wanted)
  } catch (error) {
    if (error instanceof Unmergeable) return undefined
    throw error
  }
  // In one place the later one is of what is further out, and comes behind.
  return merge.changes.reverse().sort((a, b) => b.from - a.from || b.to - a.to)
}
