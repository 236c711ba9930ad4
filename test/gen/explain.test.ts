// pktw-gen explain, and templates of one's own.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { explainArtifact } from '../../src/artifacts/explain.ts'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needTools } from '../tools.ts'
import { gen } from './command.ts'

const templates = loadTemplates()

test('every line of every artifact comes from a line of its template that could have made it', () => {
  const { value } = generate(defaults, layouts.debian, templates)
  let seen = 0
  for (const artifact of value!) {
    const source = templates.get(
      [...templates.keys()].find((n) => templates.get(n)!.file === artifact.template)!,
    )!
    const wanted = source.text.split('\n')
    const { lines } = explainArtifact(artifact, defaults, layouts.debian, templates)
    expect(lines.map((line) => `${line.text}\n`).join('')).toBe(artifact.text)
    for (const { text, line } of lines) {
      // The words of the template's line that are outside of {{…}} are in the text, in their order.
      const parts = (wanted[line - 1] as string)
        .split(/\{\{[#/][\s\S]*$|\{\{[^}]*\}\}/)
        .filter((p) => p.trim() !== '')
      if (!/\{\{[#/]/.test(wanted[line - 1] as string))
        for (const part of parts) expect(text, `${artifact.template}:${line}`).toContain(part.trim())
      seen++
    }
  }
  expect(seen).toBeGreaterThan(500)
})

describe('explain', () => {
  const at = temporaryRoot({
    '/my.yaml':
      'device:\n  group: disk\nmount:\n  where: /srv/disc\ndrives:\n  - match: { vendor: X }\n    ignore: true\n',
  })
  const config = path.join(at, 'my.yaml')
  const lineWith = (stdout: string, text: string) => stdout.split('\n').find((line) => line.endsWith(text))

  test('the rules, with template lines and settings', async () => {
    const { status, stdout } = await gen('explain', '61-pktw.rules', '--config', config)
    expect(status).toBe(0)
    const group = lineWith(stdout, 'GROUP="disk", MODE="0660", TAG+="uaccess", TAG+="seat", TAG+="systemd"')
    expect(group).toMatch(/^ +\d+ {2}device\.group:2 device\.mode +│ /)
    expect(lineWith(stdout, 'ENV{ID_VENDOR}=="X", GOTO="pktw_foreign"')).toMatch(/drives\[0\]:6/)
    expect(lineWith(stdout, 'LABEL="pktw_end"')).toMatch(/^ +\d+ +│ LABEL/)
  })
  test('by kind; what a file is there for', async () => {
    const { stdout } = await gen('explain', 'mount-unit', '--config', config)
    expect(stdout.match(/^# there because of/gm)).toHaveLength(2)
    expect(stdout).toContain('# /usr/lib/systemd/system/srv-disc1.mount')
    expect(stdout).toContain('# there because of mount.style mount.where:4 mount.slots\n')
  })
  test('as JSON', async () => {
    const [found] = JSON.parse(
      (await gen('explain', '/usr/lib/tmpfiles.d/pktw.conf', '--json', '--config', config)).stdout,
    )
    expect(found.lines.find((line: { text: string }) => line.text.startsWith('d /srv/disc1'))).toMatchObject({
      line: 12,
      settings: expect.arrayContaining([{ setting: 'mount.where', file: config, line: 4 }]),
    })
  })
  test('of what there is not', async () => {
    expect(await gen('explain', '61-pktw.rule')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Did you mean 61-pktw.rules? '),
    })
    expect((await gen('explain', '61-pktw.rule')).stderr).toContain('[gen.file-unknown]')
  })
})

describe("a template of one's own that cannot be used", () => {
  const tree = async (name: string, text: string) => {
    const at = temporaryRoot()
    const file = path.join(at, 'own', `${name}.hbs`)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
    const ran = await gen('tree', '--destdir', path.join(at, 'out'), '--templates', path.join(at, 'own'))
    return { ...ran, stderr: ran.stderr.replaceAll(`${at}/own/`, '') }
  }
  test.each([
    ['modules-load/pktw.conf', 'sg\n{{unit modules}}\n', ':2:1: error: '],
    ['modules-load/pktw.conf', 'sg\n\n{{upper sg}}\n', ':3:1: error: '],
    ['systemd/slot.mount', '[Mount]\n{{#each lists}}{{/each}}\n', ':2:1: error: '],
    ['tmpfiles/pktw.conf', '{{#if mounts}}\n', ':2:1: error: '],
  ])('%s %j', async (name, text, at) => {
    const { status, stderr, stdout } = await tree(name, text)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`${name}.hbs${at}`)
  })
  test('what systemd refuses', async (context) => {
    needTools(context, 'systemd-analyze')
    const { status, stderr } = await tree(
      'systemd/slot.mount',
      '[Mount]\nWhat={{unit device}}\nWhere={{unit where}}\n\nOptins=rw\n',
    )
    expect(status).toBe(1)
    expect(stderr).toContain('systemd/slot.mount.hbs:5:1: error: systemd-analyze verify: ')
  })
  test('one of a name that there is not', async () => {
    const { status, stderr } = await tree('tmpfiles/pktw.con', 'd /x\n')
    expect(status).toBe(0)
    expect(stderr).toContain('takes the place of no template [gen.template-useless]')
    expect(stderr).toContain('Did you mean tmpfiles/pktw.conf.hbs?')
  })
})
