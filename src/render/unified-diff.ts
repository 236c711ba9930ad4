// The unified format of diff(1), as people and patch(1) read it.

/** Lines before and after a change that are shown as well. */
const context = 3
/** Above this many pairs of lines the changed part is told as one: what is there may be anything. */
const mostPairs = 4_000_000

interface Edit {
  sign: ' ' | '-' | '+'
  line: string
}

/** Lines with their line breaks; the last may lack its own. */
const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** Deletions, insertions and common lines that turn one list into the other: the longest common part is kept. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (
    tail < before.length - head &&
    tail < after.length - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++
  const common = (lines: readonly string[]): Edit[] => lines.map((line) => ({ sign: ' ', line }))
  return [
    ...common(before.slice(0, head)),
    ...middleEdits(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...common(before.slice(before.length - tail)),
  ]
}

function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const width = after.length + 1
  if (before.length * after.length > mostPairs)
    return [
      ...before.map((line): Edit => ({ sign: '-', line })),
      ...after.map((line): Edit => ({ sign: '+', line })),
    ]
  // Length of the longest common part of what follows (i, j).
  const length = new Uint32Array((before.length + 1) * width)
  const at = (i: number, j: number): number => length[i * width + j] as number
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      length[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const edits: Edit[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length)
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push({ sign: ' ', line: before[i] as string })
      i++
      j++
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1)))
      edits.push({ sign: '-', line: before[i++] as string })
    else edits.push({ sign: '+', line: after[j++] as string })
  return edits
}

/** Runs of edits, each with its surroundings: [from, to). */
function hunksOf(edits: readonly Edit[]): [number, number][] {
  const hunks: [number, number][] = []
  for (const [at, { sign }] of edits.entries()) {
    if (sign === ' ') continue
    const from = Math.max(0, at - context)
    const to = Math.min(edits.length, at + context + 1)
    const last = hunks.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = to
    else hunks.push([from, to])
  }
  return hunks
}

/** For each line of `before`, whether it is also in `after` at its place. */
export const keptLines = (before: string, after: string): boolean[] =>
  editsOf(linesOf(before), linesOf(after))
    .filter(({ sign }) => sign !== '+')
    .map(({ sign }) => sign === ' ')

/** The pieces that differ, each with its `@@` line, as lines without line breaks; none when the texts are the same. */
export function changedLines(before: string, after: string): string[] {
  const edits = editsOf(linesOf(before), linesOf(after))
  const start = (count: number, of: readonly Edit[], sign: '-' | '+'): string => {
    const lines = of.filter((e) => e.sign === sign || e.sign === ' ').length
    return `${lines === 0 ? count : count + 1}${lines === 1 ? '' : `,${lines}`}`
  }
  return hunksOf(edits).flatMap(([from, to]) => {
    const some = edits.slice(from, to)
    const seen = edits.slice(0, from)
    const old = start(seen.filter((e) => e.sign !== '+').length, some, '-')
    const now = start(seen.filter((e) => e.sign !== '-').length, some, '+')
    const body = some.flatMap(({ sign, line }) =>
      line.endsWith('\n')
        ? [`${sign}${line.slice(0, -1)}`]
        : [`${sign}${line}`, '\\ No newline at end of file'],
    )
    return [`@@ -${old} +${now} @@`, ...body]
  })
}

/** From `before` to `after`, undefined for a file that is not there. Empty when both are the same. Ends in a line break. */
export function unifiedDiff(file: string, before: string | undefined, after: string | undefined): string {
  const lines = changedLines(before ?? '', after ?? '')
  if (lines.length === 0) return ''
  const name = (text: string | undefined, side: string): string =>
    text === undefined ? '/dev/null' : `${side}/${file.replace(/^\//, '')}`
  return `--- ${name(before, 'a')}\n+++ ${name(after, 'b')}\n${lines.join('\n')}\n`
}
