// From a logical path in the settings to the place in the text.
import { type Document, isMap, isNode, isScalar, isSeq, type Node, type Pair } from 'yaml'
import type { Place } from '../diagnostics/diagnostic.ts'

export interface Source {
  file: string
  text: string
}

/**
 * The place from offset `start` to `end` (UTF-16 units), cut at the end of the first line. Counted in the text itself:
 * yaml's LineCounter missed line breaks in faulty texts (seen by the test of random texts).
 */
export function placeOf(source: Source, start: number, end: number): Place {
  const before = source.text.slice(0, start).split('\n')
  const line = before.length
  const column = (before[line - 1] ?? '').length + 1
  const text = (source.text.split('\n')[line - 1] ?? '').replace(/\r$/, '')
  const length = Math.max(1, Math.min(end - start, text.length - column + 1))
  return { file: source.file, line, column, length, text }
}

const pairOf = (node: unknown, key: string | number): Pair | undefined =>
  isMap(node)
    ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))
    : undefined

/**
 * The deepest node on the path that is really in the text. With `key`, the key of the last step rather than its
 * value. A key whose value is empty is found at the key.
 */
function nodeAt(doc: Document, path: readonly (string | number)[], key = false): Node | undefined {
  let node: unknown = doc.contents
  for (const [i, step] of path.entries()) {
    if (isSeq(node) && typeof step === 'number') {
      const next: unknown = node.items[step]
      if (!isNode(next)) break
      node = next
      continue
    }
    const pair = pairOf(node, step)
    if (pair === undefined) break
    const empty = !isNode(pair.value) || pair.value.range?.[0] === pair.value.range?.[1]
    if ((key && i === path.length - 1) || empty) return pair.key as Node
    node = pair.value
  }
  return isNode(node) ? node : undefined
}

/** The place of a path; of the whole file's start when nothing of it is there. */
export function locate(
  source: Source,
  doc: Document,
  path: readonly (string | number)[],
  key = false,
): Place {
  const range = nodeAt(doc, path, key)?.range
  return placeOf(source, range?.[0] ?? 0, range?.[1] ?? 1)
}
