// Manual, completion, metainfo and schema: against --help, and against the programs that read them.
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, test, vi } from 'vitest'
import { parseDocument } from 'yaml'
import packageJson from '../../package.json' with { type: 'json' }
import * as gen from '../../src/artifacts/commands/pktw-gen.ts'
import { programs } from '../../src/artifacts/man-pages.ts'
import { release } from '../../src/artifacts/release.ts'
import { pktwGen } from '../../src/gen/program.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { settingsReference } from '../../src/settings/reference.ts'
import { run } from '../../src/system/run.ts'
import { needTools } from '../tools.ts'
import { notInPage } from './man-text.ts'

const pages = readdirSync('man')

test('the release is that of package.json', () => expect(release.version).toBe(packageJson.version))

test('every program has a page', () => {
  for (const { name, section } of programs) expect(pages).toContain(`${name}.${section}`)
})

describe('what --help has is in the page', () => {
  const verbs = gen.pktwGen.verbs.map(({ usage }) => usage.split(/ [[<]/)[0] as string)
  test.each(['', ...verbs])('pktw-gen %s', async (verb) => {
    let help = ''
    const spy = vi.spyOn(console, 'log').mockImplementation((text) => {
      help += String(text)
    })
    await pktwGen([...verb.split(' ').filter((word) => word !== ''), '--help'])
    spy.mockRestore()
    expect(help).toContain(`pktw-gen ${verb}`.trim())
    expect(notInPage(help, 'pktw-gen.1')).toEqual([])
  })
  test.each(['pktw-hook', 'pktw-probe', 'pktw-engine'])('%s', async (name) => {
    const { stdout } = await run(process.execPath, [path.join(inject('programs'), `${name}.mjs`), '--help'])
    expect(notInPage(stdout, `${name}.8`)).toEqual([])
    for (const verb of programs.find((program) => program.name === name)!.verbs)
      expect(stdout).toContain(`  ${verb.usage}  `)
  })
})

describe('pages that readers take without a word', () => {
  test('groff', async (context) => {
    needTools(context, 'groff')
    for (const page of pages) {
      const { code, stderr } = await run('groff', ['-man', '-ww', '-z', '-Kutf8', `man/${page}`])
      expect([page, code, stderr]).toEqual([page, 0, ''])
    }
  })
  test('mandoc', async (context) => {
    needTools(context, 'mandoc')
    const { stdout, stderr } = await run('mandoc', [
      '-T',
      'lint',
      '-W',
      'warning',
      ...pages.map((p) => `man/${p}`),
    ])
    expect(`${stdout}${stderr}`).toBe('')
  })
})

test('AppStream takes the metainfo', async (context) => {
  needTools(context, 'appstreamcli')
  const { code, stdout } = await run('appstreamcli', [
    'validate',
    '--no-net',
    '--pedantic',
    'metainfo/org.pktw.pktw.metainfo.xml',
  ])
  expect(stdout).not.toMatch(/^[EWIP]:/m)
  expect(code).toBe(0)
})

test.each([
  ['bash', ['-n'], ['pktw.bash', 'pktw-gen.bash']],
  ['zsh', ['-n'], ['_pktw', '_pktw-gen']],
  ['fish', ['--no-execute'], ['pktw.fish', 'pktw-gen.fish']],
])('%s takes its scripts', async (shell, argv, files) => {
  for (const file of files) {
    const checked = await run(shell, [...argv, `completion/${file}`])
    // Where the shell is not there, that the scripts are there is all that can be seen.
    expect([
      [0, ''],
      [127, checked.stderr],
    ]).toContainEqual([checked.code, checked.stderr])
    expect(readdirSync('completion')).toContain(file)
  }
})

describe('every key of the settings', () => {
  const rows = settingsReference()
  const leaves = (value: unknown, at: string): string[] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, child]) => leaves(child, at === '' ? key : `${at}.${key}`))
      : [at]
  test('is in the table, itself or with the mapping that it is in', () => {
    const told = (leaf: string) => rows.some(({ key }) => leaf === key || leaf.startsWith(`${key}.`))
    expect(leaves(defaults, '').filter((leaf) => !told(leaf))).toEqual([])
    expect(rows.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['drives[].match.vendor', 'drives[].ignore', 'drives[].media']),
    )
  })
  const top = rows.filter(({ key }) => !key.includes('[]'))
  const withKey = (key: string, text: string) => {
    const document = parseDocument('{}')
    document.setIn(key.split('.'), parseDocument(text).contents)
    return parseSettings(document.toString(), key)
  }
  test.each(top)('$key: its default is the default', ({ key, default: usual }) => {
    expect(withKey(key, usual!)).toEqual({ value: defaults, diagnostics: [] })
  })
  test.each(top)('$key: its example is taken, and is no default', ({ key, example, ...row }) => {
    const { value, diagnostics } = withKey(key, example)
    expect(diagnostics).toEqual([])
    if (example !== row.default) expect(value).not.toEqual(defaults)
    expect(row.what).toMatch(/\.$/)
    expect(row.why).toMatch(/\.$/)
  })
  test('in a drive as well', () => {
    const of = (key: string) => rows.find((row) => row.key === `drives[].${key}`)!.example
    const text = `drives: [{ match: { vendor: "${of('match.vendor')}", model: "${of('match.model')}", serial: ${of('match.serial')} }, ignore: ${of('ignore')}, media: ${of('media')} }]`
    expect(parseSettings(text, 'x').diagnostics).toEqual([])
  })
})

test('desktops take the autostart entry', async (context) => {
  needTools(context, 'desktop-file-validate')
  const { code, stdout, stderr } = await run('desktop-file-validate', ['systemd/pktw-session.desktop'])
  expect([code, stdout, stderr]).toEqual([0, '', ''])
})
