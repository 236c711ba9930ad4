// The documents say what the program does: generated pages are up to date, examples are run through the parser.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { actionsManual, errorsManual, interfacesManual } from '../src/artifacts/bus/manual.ts'
import { diagnosticsManual } from '../src/diagnostics/manual.ts'
import { doctorManual } from '../src/doctor/manual.ts'
import { escaperNames } from '../src/render/render.ts'
import { defaults } from '../src/settings/defaults.ts'
import { parseSettings } from '../src/settings/parse.ts'
import { settingsTable } from '../src/settings/reference.ts'
import { knownKeys } from '../src/settings/schema.ts'

const documents = [
  'README.md',
  'HACKING.md',
  'CHANGELOG.md',
  ...readdirSync('docs').map((f) => `docs/${f}`),
].filter((file) => file.endsWith('.md') && existsSync(file))
const read = (file: string): string => readFileSync(file, 'utf8')

test('docs/diagnostics.md is made from the catalogue', () => {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync('docs/diagnostics.md', diagnosticsManual())
  expect(read('docs/diagnostics.md')).toBe(diagnosticsManual())
})

test('docs/settings.md has a table of all keys, made from the schema', () => {
  const marked = /(<!-- keys -->\n)[\s\S]*(<!-- \/keys -->)/
  const wanted = read('docs/settings.md').replace(
    marked,
    (_, before, after) => `${before}${settingsTable()}${after}`,
  )
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync('docs/settings.md', wanted)
  expect(read('docs/settings.md')).toMatch(marked)
  expect(read('docs/settings.md')).toBe(wanted)
})

test.each([
  ['interfaces', interfacesManual],
  ['errors', errorsManual],
  ['actions', actionsManual],
] as const)('docs/bus.md has the %s, made from the tables', (name, manual) => {
  const marked = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*(<!-- /${name} -->)`)
  const wanted = read('docs/bus.md').replace(marked, (_, before, after) => `${before}${manual()}${after}`)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync('docs/bus.md', wanted)
  expect(read('docs/bus.md')).toMatch(marked)
  expect(read('docs/bus.md')).toBe(wanted)
})

test('docs/doctor.md is made from the table of troubles', () => {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync('docs/doctor.md', doctorManual())
  expect(read('docs/doctor.md')).toBe(doctorManual())
})

const examples = documents.flatMap((file) =>
  [...read(file).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => ({
    at: `${file}:${read(file).slice(0, match.index).split('\n').length}`,
    text: match[1] as string,
  })),
)

describe('examples of settings', () => {
  test('there are some', () => expect(examples.length).toBeGreaterThan(1))
  test.each(examples)('$at', ({ text, at }) => expect(parseSettings(text, at).diagnostics).toEqual([]))
  test('the first of docs/settings.md has every key, with its default', () => {
    const first = examples.find(({ at }) => at.startsWith('docs/settings.md'))!
    expect(parseSettings(first.text, first.at).value).toEqual(defaults)
    const shown = parseYaml(first.text)
    expect(Object.keys(shown)).toEqual(knownKeys([]))
    for (const section of ['device', 'mount', 'media'])
      expect(Object.keys(shown[section]), section).toEqual(knownKeys([section]))
  })
})

test('docs/settings.md has every escaper', () => {
  const table = read('docs/settings.md').split('## Templates')[1] as string
  const named = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap((m) =>
    [...(m[1] as string).matchAll(/`(\w+)`/g)].map((n) => n[1]),
  )
  expect(named.sort()).toEqual([...escaperNames].sort())
})

describe.each(documents)('%s', (file) => {
  test('links to files lead somewhere', () => {
    const links = [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((m) => m[1] as string)
    const broken = links.filter((link) => !existsSync(path.join(path.dirname(file), link)))
    expect(broken).toEqual([])
  })
})

describe('docs/promises.md', () => {
  const rows = read('docs/promises.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| promise') && !line.startsWith('| ---'))
    .map((line) => {
      const [, promise = '', tests = ''] = line
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|'))
      return { promise, tests: tests.split('<br>') }
    })

  test('has a row for each promise of docs/engine.md, and no other', () => {
    const [, holds = ''] = /^## What holds$([\s\S]*?)^## /m.exec(read('docs/engine.md')) ?? []
    const promises = holds.split('\n').flatMap((line) => /^- (.*)/.exec(line)?.[1] ?? [])
    expect(promises.length).toBeGreaterThan(10)
    expect(promises.filter((text) => !rows.some(({ promise }) => text.startsWith(promise)))).toEqual([])
    expect(rows.filter(({ promise }) => !promises.some((text) => text.startsWith(promise)))).toEqual([])
  })

  test.each(rows)('$promise: its tests exist', ({ tests }) => {
    for (const named of tests) {
      const [, file = '', title = ''] = /^`(.*?)`: (.+)$/.exec(named) ?? []
      expect(existsSync(`test/${file}`), named).toBe(true)
      expect(read(`test/${file}`), named).toContain(`'${title}'`)
    }
  })
})
