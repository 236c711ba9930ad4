// `import { generate } from 'pktw'`, as somebody else's program has it: bundle, types, example.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { generate as inside } from '../src/artifacts/generate.ts'
import { layouts } from '../src/artifacts/layouts.ts'
import { loadTemplates } from '../src/render/templates.ts'
import { defaults } from '../src/settings/defaults.ts'
import { run } from '../src/system/run.ts'
import { temporaryRoot } from './steps/tree.ts'

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'))
const room = temporaryRoot()
const installed = path.join(room, 'node_modules/pktw')
const node = (file: string, ...argv: string[]) => run(process.execPath, [path.join(room, file), ...argv])

beforeAll(() => {
  mkdirSync(path.join(room, 'node_modules'))
  mkdirSync(installed)
  writeFileSync(path.join(installed, 'package.json'), JSON.stringify({ ...packageJson, dependencies: {} }))
  execFileSync(process.execPath, ['src/bundle.mjs', path.join(installed, 'dist')], { timeout: 60_000 })
  execFileSync(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '--project',
    'tsconfig.types.json',
    '--outDir',
    path.join(installed, 'dist/types'),
  ])
  cpSync('examples/generate.mjs', path.join(room, 'generate.mjs'))
})

test('what package.json exports is there', () => {
  const { types, default: module } = packageJson.exports['.']
  for (const file of [types, module]) expect(existsSync(path.join(installed, file)), file).toBe(true)
})

test('the example runs, and writes what pktw-gen writes', async () => {
  const out = path.join(room, 'out')
  const { code, stdout, stderr } = await node('generate.mjs', out)
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain('For /etc/fstab:\n/dev/pktcdvd/pktcdvd0 /srv/disc udf ')
  const rules = readFileSync(path.join(out, 'usr/lib/udev/rules.d/61-pktw.rules'), 'utf8')
  const settings = { ...defaults, mount: { ...defaults.mount, style: 'fstab', where: '/srv/disc' } } as const
  const made = inside(settings, layouts.fedora, loadTemplates()).value!
  expect(rules).toBe(made.find((a) => a.kind === 'udev-rules')!.text)
  // Desktops look for what to start in /etc/xdg only.
  expect(readdirSync(out).sort()).toEqual(['etc', 'usr'])
})

test('problems are values, with their places', async () => {
  writeFileSync(
    path.join(room, 'wrong.mjs'),
    `import { generate } from 'pktw'
    console.log(JSON.stringify([
      generate({ settings: 'mount: { where: x }' }),
      generate({ templates: { 'modules-load/pktw.conf': 'sg\\n{{unit nothing}}' } }),
      generate({ directories: { prefix: '/opt' }, programs: { node: '/n' }, date: '2000-01-01' }).value.files.map((f) => f.path),
      generate({ directories: { prefix: 'opt', unitdir: '/a/../b' }, programs: { node: 'node' } }),
      generate({ layout: 'plan9' }),
      generate({ date: 'today' }),
      generate({ settings: { mount: { where: 'x' }, devise: {} } }),
      [5, [], true].map((settings) => generate({ settings })),
      generate({ templates: { 'udev/61-pktv.rules': '' } }),
    ]))`,
  )
  const [settings, template, paths, places, layout, date, values, others, useless] = JSON.parse(
    (await node('wrong.mjs')).stdout,
  )
  expect(settings.diagnostics).toMatchObject([{ code: 'settings.bad-where', at: { line: 1, column: 17 } }])
  expect(template.diagnostics).toMatchObject([
    { code: 'gen.template-broken', at: { file: 'modules-load/pktw.conf.hbs', line: 2 } },
  ])
  expect(paths).toContain('/opt/lib/systemd/system/pktw@.service')
  expect(
    places.diagnostics.map((d: { code: string; message: string }) => [d.code, d.message.split(' ')[0]]),
  ).toEqual([
    ['gen.path-not-absolute', 'directories.prefix'],
    ['gen.path-not-absolute', 'directories.unitdir'],
    ['gen.path-not-absolute', 'programs.node'],
  ])
  expect(layout.diagnostics).toMatchObject([
    { code: 'gen.layout-unknown', message: 'there is no layout "plan9"' },
  ])
  expect(date.diagnostics[0]).toMatchObject({ code: 'gen.value-refused', severity: 'error' })
  expect(values.value).toBeUndefined()
  expect(values.diagnostics.map((d: { code: string; at?: unknown }) => [d.code, d.at])).toEqual([
    ['settings.bad-where', undefined],
    ['settings.unknown-key', undefined],
  ])
  for (const { value, diagnostics } of others) {
    expect(value).toBeUndefined()
    expect(diagnostics).toMatchObject([{ message: expect.stringContaining('must be a mapping') }])
  }
  expect(useless).toMatchObject({
    value: { files: expect.any(Array) },
    diagnostics: [
      { code: 'gen.template-useless', message: 'udev/61-pktv.rules.hbs takes the place of no template' },
    ],
  })
})

test('settings as values are those of the same text', async () => {
  writeFileSync(
    path.join(room, 'values.mjs'),
    `import { generate, parseSettings } from 'pktw'
    const text = 'device: { mode: 0664 }\\nmount: { style: fstab, owner: { uid: 1, gid: 2 } }\\nwrite: { speed: { cd-rw: 4 } }'
    const values = { device: { mode: 0o664 }, mount: { style: 'fstab', owner: { uid: 1, gid: 2 } }, write: { speed: { 'cd-rw': 4 } } }
    console.log(JSON.stringify([text, values, parseSettings(text, 'x').value].map((settings) => generate({ settings }))))`,
  )
  const [fromText, fromValues, fromAll] = JSON.parse((await node('values.mjs')).stdout)
  expect(fromText.value.files.length).toBeGreaterThan(20)
  expect(fromValues).toEqual(fromText)
  expect(fromAll).toEqual(fromText)
})

describe('typed', () => {
  const check = async (body: string) => {
    writeFileSync(
      path.join(room, 'user.ts'),
      `import { generate, type GeneratedFile } from 'pktw'\n${body}\n`,
    )
    if (!existsSync(path.join(room, 'node_modules/typescript')))
      symlinkSync(path.resolve('node_modules/typescript'), path.join(room, 'node_modules/typescript'))
    writeFileSync(
      path.join(room, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          module: 'nodenext',
          target: 'es2023',
          lib: ['es2023'],
          types: [],
        },
        files: ['user.ts'],
      }),
    )
    return run(process.execPath, ['node_modules/typescript/bin/tsc', '--project', room])
  }
  test('what is right is taken, without types of ours or of Node', async () => {
    const { code, stdout } = await check(
      "const files: GeneratedFile[] = generate({ layout: 'arch', directories: { unitdir: '/u' }, settings: { mount: { style: 'fstab' } } }).value?.files ?? []\nexport const modes: number[] = files.map((f) => f.mode)",
    )
    expect([code, stdout]).toEqual([0, ''])
  })
  test('what is wrong is not', async () => {
    expect((await check("generate({ layout: 'plan9' })")).stdout).toContain('\'"plan9"\' is not assignable')
    const setting = "generate({ settings: { mount: { style: 'floppy' } } })"
    expect((await check(setting)).stdout).toContain('\'"floppy"\' is not assignable')
  })
})

test('nothing is read or written', async () => {
  writeFileSync(
    path.join(room, 'still.mjs'),
    `import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    import { generate } from 'pktw'
    const seen = []
    for (const [of, object] of Object.entries({ fs, promises: fs.promises }))
      for (const name of Object.keys(object))
        if (typeof object[name] === 'function' && name !== 'writeSync')
          object[name] = () => { seen.push(of + '.' + name); throw new Error(name) }
    syncBuiltinESMExports()
    const { value } = generate({ settings: 'mount: { where: /x }' })
    fs.writeSync(1, JSON.stringify({ seen, files: value.files.length }))`,
  )
  const { seen, files } = JSON.parse((await node('still.mjs')).stdout)
  expect(seen).toEqual([])
  expect(files).toBeGreaterThan(20)
})
