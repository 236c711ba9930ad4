// Two texts as a unified diff, as diff -u shows it.

type Edit = { sign: ' ' | '-' | '+'; line: string }

/** Lines around a change. */
const context = 3
/** Cells of the table of common subsequences: beyond that, a text is shown as replaced. */
const mostCells = 4_000_000

/** What stands before and after the lines that differ is the same, and needs no table. */
function sameEnds(a: readonly string[], b: readonly string[]): { head: number; tail: number } {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  return { head, tail }
}

/** By longest common subsequence. */
function editsOf(a: readonly string[], b: readonly string[]): Edit[] {
  const width = b.length + 1
  if ((a.length + 1) * width > mostCells)
    return [...a.map((line): Edit => ({ sign: '-', line })), ...b.map((line): Edit => ({ sign: '+', line }))]
  const common = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] as number
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const edits: Edit[] = []
  for (let i = 0, j = 0; i < a.length || j < b.length; )
    if (i < a.length && j < b.length && a[i] === b[j]) {
      edits.push({ sign: ' ', line: a[i++] as string })
      j++
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1)))
      edits.push({ sign: '-', line: a[i++] as string })
    else edits.push({ sign: '+', line: b[j++] as string })
  return edits
}

const linesOf = (text: string): string[] => {
  if (text === '') return []
  const lines = text.split('\n')
  const last = lines.pop() as string
  // As diff -u has it: a line without its end is another line than one with it.
  return last === '' ? lines : [...lines, `${last}\n\\ No newline at end of file`]
}

/** `-12,3`: where a piece begins and how long it is, as diff -u counts. */
const range = (start: number, length: number): string =>
  `${length === 0 ? start : start + 1}${length === 1 ? '' : `,${length}`}`

/** The pieces that differ, each with its `@@` line; none when the texts are the same. */
export function unifiedDiff(before: string, after: string): string[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  const { head, tail } = sameEnds(a, b)
  const edits: Edit[] = [
    ...a.slice(0, head).map((line): Edit => ({ sign: ' ', line })),
    ...editsOf(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map((line): Edit => ({ sign: ' ', line })),
  ]
  const shown = edits.map(() => false)
  for (const [i, { sign }] of edits.entries())
    if (sign !== ' ') shown.fill(true, Math.max(0, i - context), i + context + 1)
  const text: string[] = []
  let [oldLine, newLine] = [0, 0]
  for (let i = 0; i < edits.length; ) {
    if (!shown[i]) {
      oldLine++
      newLine++
      i++
      continue
    }
    let end = i
    while (end < edits.length && shown[end]) end++
    const piece = edits.slice(i, end)
    const [removed, added] = [
      piece.filter((e) => e.sign !== '+').length,
      piece.filter((e) => e.sign !== '-').length,
    ]
    text.push(`@@ -${range(oldLine, removed)} +${range(newLine, added)} @@`)
    for (const { sign, line } of piece) text.push(...`${sign}${line}`.split('\n'))
    oldLine += removed
    newLine += added
    i = end
  }
  return text
}
