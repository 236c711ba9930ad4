// node bench/wear-table.mjs: the rows of bench/results/wear.jsonl as the tables of bench/README.md, the last run of each.
import { readFile } from 'node:fs/promises'

const rows = (await readFile('bench/results/wear.jsonl', 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
/** Medium, suite and pace → way and workload → row. */
const runs = new Map()
for (const row of rows) {
  const title = `${row.medium}, ${row.suite}, ${row.pace === 0 ? 'no pace' : `pace ${row.pace}`}`
  if (!runs.has(title)) runs.set(title, new Map())
  runs.get(title).set(`${row.way} ${row.work}`, row)
}

const columns = [
  'seconds',
  'onMedium',
  'write',
  'read',
  'sync',
  'written',
  'different',
  'ratio',
  'hottest',
  'left',
]
for (const [title, last] of [...runs].sort(([a], [b]) => a.localeCompare(b))) {
  process.stdout.write(`\n### ${title}\n\n`)
  process.stdout.write(
    '| way | work | s | s, on medium | WRITE | READ | SYNC | written | different | ratio | hottest | in cache |\n',
  )
  process.stdout.write(`| --- | --- |${' ---: |'.repeat(columns.length)}\n`)
  for (const row of last.values()) {
    const cells = columns.map((name) => (name === 'ratio' ? row[name].toFixed(2) : row[name]))
    process.stdout.write(`| ${row.way} | ${row.work} | ${cells.join(' | ')} |\n`)
  }
}
