import { describe, expect, test } from 'vitest'
import { committedPath } from '../../src/artifacts/committed.ts'
import { generate } from '../../src/artifacts/generate.ts'
import { kindNames, kinds } from '../../src/artifacts/kinds.ts'
import { layoutNames, layouts } from '../../src/artifacts/layouts.ts'
import type { Template, Templates } from '../../src/render/render.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { defaults } from '../../src/settings/defaults.ts'
import type { Settings } from '../../src/settings/settings.ts'

const templates = loadTemplates()
const withTemplate = (name: string, text: string): Templates =>
  new Map<string, Template>([...templates, [name, { name, file: `/own/${name}.hbs`, text }]])
const withWhere = (where: `/${string}`): Settings => ({ ...defaults, mount: { ...defaults.mount, where } })

test('kinds have different names, and templates that are there', () => {
  expect(new Set(kindNames).size).toBe(kindNames.length)
  for (const { template } of kinds) expect([...templates.keys()]).toContain(template)
  // Those of packages are made into more than one file each, by their own tables (src/gen/package).
  const own = [...templates.keys()].filter((name) => !name.startsWith('package/'))
  expect(own.length).toBe(new Set(kinds.map((row) => row.template)).size)
})

describe.each(layoutNames)('layout %s', (name) => {
  const { value, diagnostics } = generate(defaults, layouts[name], templates)
  test('everything is made, at different absolute paths', () => {
    expect(diagnostics).toEqual([])
    const paths = value!.map((a) => a.path)
    expect(new Set(paths).size).toBe(paths.length)
    for (const path of paths) expect(path).toMatch(/^\/(usr|lib|etc|run\/current-system\/sw)\/[\w@./-]+$/)
  })
  test('texts end in one line break and have no trailing blanks or doubled empty lines', () => {
    for (const { text, kind } of value!)
      expect(text, kind).not.toMatch(/[ \t]$|\n\n\n|\n\n$|[^\n]$(?![\s\S])/m)
  })
})

test('the administrator’s layout writes below /etc, but for what only /usr is read for', () => {
  const outside = generate(defaults, layouts.local, templates).value!.filter(
    (a) => !a.path.startsWith('/etc/'),
  )
  const read = /^(man-|completion-)/
  expect(
    outside
      .filter((a) => !read.test(a.kind))
      .map((a) => a.path)
      .sort(),
  ).toEqual(
    [
      '/usr/lib/pktw/settings.json',
      '/usr/share/pktw/pktw.schema.json',
      '/usr/share/dbus-1/interfaces/org.pktw.Pktw1.xml',
      '/usr/share/dbus-1/system-services/org.pktw.Pktw1.service',
      '/usr/share/polkit-1/actions/org.pktw.policy',
    ].sort(),
  )
  for (const { path } of outside) expect(path).toMatch(/^\/usr\/(lib\/pktw|share)\//)
})

test('paths of the layout are written into rules and units', () => {
  const layout = { ...layouts.debian, node: '/opt/node 22/bin/node', libdir: '/opt/$pktw' }
  const text = (kind: string) =>
    generate(defaults, layout, templates).value!.find((a) => a.kind === kind)!.text
  expect(text('udev-rules')).toContain(
    `IMPORT{program}="'/opt/node 22/bin/node' --jitless /opt/$$pktw/pktw-probe.mjs --backend $env{PKTW_BACKEND} $devnode"`,
  )
  expect(text('engine-unit')).toContain(
    'ExecStart="/opt/node 22/bin/node" --jitless --max-semi-space-size=1 --v8-pool-size=1 /opt/$$pktw/pktw-engine.mjs %I',
  )
})

test('only what is no file of its own is not committed', () => {
  const fstab: Settings = {
    ...defaults,
    mount: { ...defaults.mount, style: 'fstab' },
    access: { admins: 'x' },
  }
  const automount: Settings = { ...defaults, mount: { ...defaults.mount, where: '/a-b', automount: 0 } }
  const all = [
    ...generate(defaults, layouts.debian, templates).value!,
    ...generate(fstab, layouts.debian, templates).value!,
    ...generate(automount, layouts.debian, templates).value!,
  ]
  expect(new Set(all.map((a) => a.kind))).toEqual(new Set(kindNames))
  expect(new Set(all.filter((a) => committedPath(a) === undefined).map((a) => a.kind))).toEqual(
    new Set(['automount-target-unit', 'automount-unit', 'fstab-line']),
  )
})

describe('what cannot be made is told', () => {
  test('a template that is not there', () => {
    const rest = new Map(
      [...templates].filter(([name]) => name !== 'fstab/line' && name !== 'tmpfiles/pktw.conf'),
    )
    const { value, diagnostics } = generate(defaults, layouts.debian, rest)
    expect(value).toBeUndefined()
    expect(diagnostics.map((d) => d.code)).toEqual(['gen.template-missing', 'gen.template-missing'])
  })
  test('a template with a fault, with its line', () => {
    const { diagnostics } = generate(
      defaults,
      layouts.debian,
      withTemplate('modules-load/pktw.conf', 'sg\n{{unit nothing}}\n'),
    )
    expect(diagnostics).toMatchObject([
      { code: 'gen.template-broken', at: { file: '/own/modules-load/pktw.conf.hbs', line: 2 } },
    ])
  })
  test('a value that a grammar cannot hold, with its setting', () => {
    const { diagnostics } = generate(withWhere('/a\nb'), layouts.debian, templates)
    expect(diagnostics.map((d) => d.code)).toContain('gen.value-refused')
    expect(diagnostics.find((d) => d.code === 'gen.value-refused')?.path).toEqual(['mount', 'where'])
  })
  test('a mount point that makes too long a unit name', () => {
    const { diagnostics } = generate(withWhere(`/${'-'.repeat(80)}`), layouts.debian, templates)
    expect(diagnostics.map((d) => d.code)).toEqual(['gen.unit-name-too-long', 'gen.unit-name-too-long'])
  })
})
