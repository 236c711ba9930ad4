// pktw-gen check: with the tools of this machine, and with what tools were seen to say.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Artifact } from '../../src/artifacts/artifact.ts'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { release } from '../../src/artifacts/release.ts'
import { verify } from '../../src/gen/check.ts'
import type { Made } from '../../src/gen/source.ts'
import type { Run } from '../../src/gen/verify/checkers.ts'
import { templateLine } from '../../src/gen/verify/finding.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { run } from '../../src/system/run.ts'
import { needTools } from '../tools.ts'

const templates = loadTemplates()
const made = (yaml = '', change: (artifact: Artifact) => Artifact = (a) => a): Made => {
  const settings = parseSettings(yaml, 'x').value!
  const layout = layouts.debian
  const artifacts = generate(settings, layout, templates).value!.map(change)
  return {
    settings,
    layout,
    templates,
    release,
    config: undefined,
    text: '',
    artifacts,
    diagnostics: [],
    placeOf: () => undefined,
  }
}
const edit = (kind: string, from: string | RegExp, to: string) => (a: Artifact) =>
  a.kind === kind ? { ...a, text: a.text.replace(from, to) } : a

/** The machine, but for programs that answer from a table. */
const pretend =
  (answers: Record<string, { code: number; stdout?: string; stderr?: string }>): Run =>
  async (program, argv, options) => {
    const answer = answers[program]
    if (answer === undefined) return run(program, argv, options)
    return { stdout: '', stderr: '', ...answer }
  }
const missing = { code: 127, stderr: 'not found' }
const quiet = {
  udevadm: { code: 0 },
  'systemd-analyze': { code: 0 },
  findmnt: { code: 0 },
  xmllint: { code: 0 },
}
const there = () => true

describe('the tools of this machine', () => {
  test.each([
    ['the defaults', ''],
    ['fstab and an odd path', 'mount: { style: fstab, where: "/srv/my 100% disc-box" }'],
    ['an automount', 'mount: { automount: 60 }'],
    ['an automount with an odd path', 'mount: { where: "/srv/my 100% disc-box", automount: 0 }'],
    ['an automount before fstab', 'mount: { style: fstab, where: "/srv/my 100% disc-box", automount: 60 }'],
    ['a mount unit with an odd path', 'mount: { where: "/srv/my 100% disc-box" }'],
  ])('find nothing in %s', async (_name, yaml) => {
    const found = await verify(made(yaml), run, existsSync)
    for (const { message } of found) console.info(message)
    // Where CI is set every tool must be there; an old udevadm is the distribution's choice.
    if (process.env.CI)
      expect(found.map((d) => d.message).filter((m) => m.includes('not installed'))).toEqual([])
    expect(found.filter((d) => d.code !== 'gen.check-skipped')).toEqual([])
  })

  const findings = async (broken: Made, code: string) =>
    (await verify(broken, run, existsSync)).filter((d) => d.code === code)

  test('systemd-analyze: an unknown key, at the template', async (context) => {
    needTools(context, 'systemd-analyze')
    const broken = made('', edit('engine-unit', /^KillMode=/m, 'KilMode='))
    expect(await findings(broken, 'gen.check-unit')).toMatchObject([
      {
        message: expect.stringContaining('Unknown key'),
        path: ['device'],
        at: {
          file: expect.stringMatching(/templates\/systemd\/pktw@\.service\.hbs$/),
          text: 'KilMode=mixed',
        },
      },
    ])
  })
  test('findmnt: a line that is not one', async (context) => {
    needTools(context, 'findmnt')
    const broken = made('mount: { style: fstab }', edit('fstab-line', / udf[\s\S]*/, '\n'))
    expect(await findings(broken, 'gen.check-fstab')).toMatchObject([
      { message: expect.stringContaining('parse error at line 1'), path: ['mount'] },
      { message: expect.stringContaining('parse error at line 2') },
    ])
  })
  test('xmllint: an element that the DTD does not know', async (context) => {
    needTools(context, 'xmllint', '/usr/share/polkit-1/policyconfig-1.dtd')
    const broken = made('', edit('polkit-policy', '<vendor>pktw</vendor>', '<seller>pktw</seller>'))
    expect((await findings(broken, 'gen.check-polkit'))[0]).toMatchObject({
      message: expect.stringContaining('seller'),
      path: ['mount', 'owner'],
    })
  })
})

test('a unit that systemd-analyze cannot be asked about is told, and the others are checked', async () => {
  const asked: string[] = []
  const spy: Run = async (program, argv) => {
    if (program === 'systemd-analyze') asked.push(...argv)
    return { code: 0, stdout: '', stderr: '' }
  }
  const found = await verify(made('mount: { where: "/a:b" }'), spy, there)
  expect(found.map((d) => d.message)).toEqual(
    ['a:b.mount', 'a:b1.mount'].map((name) => expect.stringContaining(`${name} not checked: `)),
  )
  expect(asked).toContain('pktw@sr0.service')
  expect(asked.join(' ')).not.toContain('a:b')
})

describe('what udevadm says', () => {
  test('a finding, at the line of the template, with the place of the setting', async () => {
    const all: Made = { ...made(), placeOf: () => ({ file: 'my.yaml', line: 3, column: 2 }) }
    const rules = all.artifacts.find((a) => a.kind === 'udev-rules')!
    const line = rules.text.split('\n').findIndex((l) => l.startsWith('GROUP=')) + 1
    const stderr = `/tmp/x/61-pktw.rules:${line} Unknown group 'cdrom', ignoring.\n/tmp/x/61-pktw.rules: udev rules check failed.\n`
    const found = await verify(all, pretend({ ...quiet, udevadm: { code: 1, stderr } }), there)
    expect(found.map((d) => d.code)).toEqual(['gen.check-udev', 'gen.check-udev'])
    expect(found[0]?.remedy).toBe('Mend the template, or the setting media (my.yaml:3:2).')
    expect(found[0]).toMatchObject({
      message: expect.stringContaining("Unknown group 'cdrom'"),
      at: { text: rules.text.split('\n')[line - 1] },
    })
  })
})

describe('a tool that is not there is told by name', () => {
  test('none of them', async () => {
    const answers = { udevadm: missing, 'systemd-analyze': missing, findmnt: missing, xmllint: missing }
    const found = await verify(made('mount: { style: fstab }'), pretend(answers), there)
    expect(found.map((d) => `${d.severity} ${d.code} ${d.message}`)).toEqual([
      'info gen.check-skipped udev-rules not checked: udevadm is not installed',
      'info gen.check-skipped units not checked: systemd-analyze is not installed',
      'info gen.check-skipped fstab-line not checked: findmnt is not installed',
      'info gen.check-skipped polkit-policy not checked: xmllint is not installed',
    ])
  })
  test('an old udevadm, no DTD', async () => {
    const old = { code: 1, stderr: 'Unknown command verb verify.' }
    const found = await verify(made(), pretend({ ...quiet, udevadm: old }), () => false)
    expect(found.map((d) => d.message)).toEqual([
      'udev-rules not checked: this udevadm has no verb verify, which came with systemd 254',
      'polkit-policy not checked: /usr/share/polkit-1/policyconfig-1.dtd is not installed',
    ])
  })
  test('a tool that fails without a word is no silence', async () => {
    const dumb = { code: 1 }
    const answers = { udevadm: dumb, 'systemd-analyze': dumb, findmnt: dumb, xmllint: dumb }
    const found = await verify(made('mount: { style: fstab }'), pretend(answers), there)
    expect(found.map((d) => d.code)).toEqual([
      'gen.check-udev',
      'gen.check-unit',
      'gen.check-fstab',
      'gen.check-polkit',
    ])
    for (const { message } of found) expect(message).toContain('exit code 1')
  })
})

test('the checkers get the files in their places, and leave nothing behind', async () => {
  let root = ''
  const spy: Run = async (program, argv) => {
    if (program === 'udevadm') {
      const file = argv.at(-1) as string
      expect(existsSync(file)).toBe(true)
      root = path.resolve(file, '../../../../..')
      expect(existsSync(path.join(root, 'usr/bin/node'))).toBe(true)
    }
    return { code: 0, stdout: '', stderr: '' }
  }
  expect(await verify(made(), spy, there)).toEqual([])
  expect(existsSync(root)).toBe(false)
})

describe('from a line of the text to the line of the template', () => {
  const template = 'a\n{{#each l}}\nx={{unit this}}, y\n{{/each}}\nx=1, y\n'
  const text = 'a\nx=7, y\nx=1, y\n'
  test.each([
    [1, 1],
    [2, 3],
    [3, 5],
    [9, undefined],
  ])('%i → %s', (line, wanted) => expect(templateLine(template, text, line)).toBe(wanted))
})
