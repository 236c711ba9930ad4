// A new version finds what an old one left: its manifest, and files that somebody changed.
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { differences } from '../../src/steps/differences.ts'
import { formatManifest, manifestPath, parseManifest } from '../../src/steps/manifest.ts'
import { observe } from '../../src/steps/observe.ts'
import { realSystem } from '../../src/system/real.ts'
import { listTree, temporaryRoot } from './tree.ts'
import {
  installCodesOf,
  installInto,
  planned,
  rulesFile,
  settingsFile,
  uninstallFrom,
  wantedFile,
  wish,
} from './wish.ts'

const read = (root: string, file: string): string => readFileSync(path.join(root, file), 'utf8')
const write = (root: string, file: string, text: string): void => writeFileSync(path.join(root, file), text)
const beside = `${rulesFile}.pktw-new`

/** The same with other rules. */
const withRules = (text: string) =>
  wish({ files: wish().files.map((f) => (f.path === rulesFile ? wantedFile(rulesFile, text) : f)) })

test('a manifest of the first version is read, acted on and written anew', async () => {
  const root = temporaryRoot({ '/etc/fstab': 'x\n', [rulesFile]: '# theirs\n' })
  const before = listTree(root)
  const system = realSystem(root)
  await installInto(system)
  const { records } = JSON.parse(read(root, manifestPath)) as { records: Record<string, unknown>[] }
  const old = records.map(({ original: _, ...record }) => record)
  write(root, manifestPath, JSON.stringify({ version: 1, records: old }))
  const steps = await planned(system, wish())
  expect(steps.map((s) => s.do)).toEqual(['writeFile'])
  await installInto(system)
  expect(JSON.parse(read(root, manifestPath))).toMatchObject({ version: 2, state: 'installed' })
  // The hash of the file that was there before comes from its copy.
  expect(read(root, manifestPath)).toContain('"original"')
  write(root, manifestPath, JSON.stringify({ version: 1, records: old }))
  await uninstallFrom(system)
  expect(listTree(root)).toEqual(before)
})

test('a manifest of a later version is left alone', async () => {
  const root = temporaryRoot({ [manifestPath]: '{"version":3,"things":[]}' })
  expect(await installCodesOf(realSystem(root))).toEqual(['install.manifest-newer'])
  expect((await uninstallFrom(realSystem(root))).diagnostics.map((d) => d.code)).toEqual([
    'install.manifest-newer',
  ])
})

test('what is formatted is read back', () => {
  const manifest = {
    by: '1',
    state: 'under-way',
    records: [{ kind: 'symlink', path: '/a', target: 'b' }],
  } as const
  expect(parseManifest(formatManifest({ ...manifest, records: [...manifest.records] }))).toEqual({
    version: 2,
    ...manifest,
  })
  for (const text of ['', '[]', '{}', '{"version":2,"records":[]}', '{"version":2,"state":"x","records":[]}'])
    expect(parseManifest(text), text).toBe('unreadable')
})

test('a file below /etc that was changed stays, the new one is put beside it once, and both are named', async () => {
  const root = temporaryRoot()
  const before = listTree(root)
  const system = realSystem(root)
  await installInto(system)
  write(root, rulesFile, '# mine\n')
  expect(await installCodesOf(system), 'the same version').toEqual(['install.changed-file-stays'])
  expect(read(root, rulesFile)).toBe('# mine\n')
  const second = withRules('# rules 2\n')
  expect(await installCodesOf(system, second)).toEqual(['install.new-beside'])
  expect([read(root, rulesFile), read(root, beside)]).toEqual(['# mine\n', '# rules 2\n'])
  expect(await planned(system, second), 'a second time').toEqual([])
  // The next version has another one.
  expect(await installCodesOf(system, withRules('# rules 3\n'))).toEqual(['install.new-beside'])
  expect(read(root, beside)).toBe('# rules 3\n')
  // Who removes it has seen it.
  rmSync(path.join(root, beside))
  expect(await installCodesOf(system, withRules('# rules 3\n'))).toEqual(['install.changed-file-stays'])
  await uninstallFrom(system)
  expect(read(root, rulesFile)).toBe('# mine\n')
  rmSync(path.join(root, 'etc'), { recursive: true })
  expect(listTree(root)).toEqual(before)
})

test('a new version that was taken in the place of the changed file is ours again', async () => {
  const root = temporaryRoot()
  const before = listTree(root)
  const system = realSystem(root)
  await installInto(system)
  write(root, rulesFile, '# mine\n')
  const second = withRules('# rules 2\n')
  await installInto(system, second)
  renameSync(path.join(root, beside), path.join(root, rulesFile))
  expect(await installCodesOf(system, second)).toEqual([])
  expect(await planned(system, second)).toEqual([])
  await uninstallFrom(system)
  expect(listTree(root)).toEqual(before)
})

test('--overwrite replaces it, and keeps the changed one aside', async () => {
  const root = temporaryRoot()
  const system = realSystem(root)
  await installInto(system)
  write(root, rulesFile, '# mine\n')
  expect(await installCodesOf(system, { ...wish(), overwrite: true })).toEqual(['install.saves-changed-file'])
  expect([read(root, rulesFile), read(root, `${rulesFile}.pktw-saved`)]).toEqual(['# rules\n', '# mine\n'])
})

test('what differs from the manifest is told, by what it is', async () => {
  const root = temporaryRoot({ '/etc/fstab': 'x\n' })
  const system = realSystem(root)
  await installInto(system)
  const found = async () => differences(await observe(system)).map(({ path, what }) => [path, what])
  expect(await found()).toEqual([])
  write(root, rulesFile, '# mine\n')
  write(root, '/etc/fstab', 'x\n')
  rmSync(path.join(root, 'usr/bin/pktw'))
  chmodSync(path.join(root, 'usr/lib/pktw/templates/udev/61-pktw.rules.hbs'), 0o600)
  expect(await found()).toContainEqual(['/usr/lib/pktw/templates/udev/61-pktw.rules.hbs', 'mode'])
  write(root, settingsFile, 'mount: {}\n')
  rmSync(path.join(root, 'usr/lib/pktw/pktw.mjs'))
  renameSync(path.join(root, 'usr/lib/pktw/templates'), path.join(root, 'usr/lib/pktw/pktw.mjs'))
  expect(await found()).toEqual([
    ['/etc/fstab', 'line'],
    [settingsFile, 'edited'],
    [rulesFile, 'changed'],
    ['/usr/bin/pktw', 'absent'],
    ['/usr/lib/pktw/pktw.mjs', 'kind'],
    ['/usr/lib/pktw/templates', 'absent'],
    ['/usr/lib/pktw/templates/udev', 'absent'],
    ['/usr/lib/pktw/templates/udev/61-pktw.rules.hbs', 'absent'],
  ])
})
