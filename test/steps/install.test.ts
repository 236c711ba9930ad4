import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { describePlan } from '../../src/steps/describe.ts'
import { manifestPath, parseManifest } from '../../src/steps/manifest.ts'
import { udftoolsMask } from '../../src/steps/places.ts'
import { realSystem } from '../../src/system/real.ts'
import { skip } from '../tools.ts'
import { listTree, temporaryRoot } from './tree.ts'
import {
  installCodesOf,
  installInto,
  line,
  planned,
  rulesFile,
  settingsFile,
  uninstallFrom,
  wantedFile,
  wish,
} from './wish.ts'

const fstab = 'UUID=1 / ext4 errors=remount-ro 0 1'
const read = (root: string, file: string): string => readFileSync(path.join(root, file), 'utf8')

describe('install', () => {
  test('makes exactly what the plan shows', async () => {
    const root = temporaryRoot({ '/etc/fstab': fstab })
    const system = realSystem(root)
    const before = listTree(root).map((l) => l.split(' ')[0])
    const shown = describePlan(await planned(system, wish()))
      .split('\n')
      .filter((l) => l.startsWith('+ /') || l.startsWith('      in the new directory '))
      .map((l) => (/ \/(\S*?)\/?( |$)/.exec(l) ?? [])[1])
    expect(await installInto(system)).toEqual({ complete: true, diagnostics: [] })
    const after = listTree(root).map((l) => l.split(' ')[0])
    expect(after.filter((name) => !before.includes(name)).sort()).toEqual(shown.sort())
    expect(read(root, '/etc/fstab')).toBe(`${fstab}\n${line}`)
    expect(read(root, '/etc/fstab.pktw-backup')).toBe(fstab)
  })

  test('a second time has nothing to do', async () => {
    const system = realSystem(temporaryRoot({ '/etc/fstab': fstab }))
    await installInto(system)
    expect(await planned(system, wish())).toEqual([])
  })

  test.each([
    ['an empty root', {}],
    ['no final newline', { '/etc/fstab': fstab }],
    ['carriage returns', { '/etc/fstab': `${fstab}\r\n` }],
    ['an empty fstab', { '/etc/fstab': '' }],
    ['bytes that are no text', { '/etc/fstab': Buffer.from([0xff, 0, 0x0a, 0xc3]) }],
    ['files of ours that others made', { [rulesFile]: '# theirs\n', [settingsFile]: 'mount: {}\n' }],
    ['the same files, made by others', { [rulesFile]: '# rules\n' }],
    ["udftools' rule", { '/usr/lib/udev/rules.d/80-pktsetup.rules': 'x' }],
  ])('then uninstall leaves the tree as it was: %s', async (_, files) => {
    const root = temporaryRoot(files)
    if ('/etc/fstab' in files) chmodSync(path.join(root, '/etc/fstab'), 0o640)
    const before = listTree(root)
    const system = realSystem(root)
    expect((await installInto(system)).complete).toBe(true)
    expect(listTree(root)).not.toEqual(before)
    expect((await uninstallFrom(system)).complete).toBe(true)
    expect(listTree(root)).toEqual(before)
  })

  test('a file of somebody else is kept aside', async () => {
    const root = temporaryRoot({ [rulesFile]: '# theirs\n' })
    chmodSync(path.join(root, rulesFile), 0o600)
    expect(await installCodesOf(realSystem(root))).toEqual(['install.replaces-file'])
    expect(read(root, `${rulesFile}.pktw-backup`)).toBe('# theirs\n')
    expect(read(root, rulesFile)).toBe('# rules\n')
  })

  test('a newer version replaces its files and takes away what it no longer has', async () => {
    const root = temporaryRoot({ '/etc/fstab': fstab })
    const before = listTree(root)
    const system = realSystem(root)
    await installInto(system)
    const newer = wish({ files: [wantedFile('/usr/lib/pktw/pktw.mjs', 'new', 0o755)], fstabLines: [] })
    expect((await installInto(system, newer)).complete).toBe(true)
    expect(await planned(system, newer)).toEqual([])
    const names = listTree(root).map((l) => l.split(' ')[0])
    expect(names).not.toContain('etc/udev')
    expect(names).not.toContain('etc/fstab.pktw-backup')
    expect(read(root, '/etc/fstab')).toBe(fstab)
    expect(read(root, '/usr/lib/pktw/pktw.mjs')).toBe('new')
    await uninstallFrom(system)
    expect(listTree(root)).toEqual(before)
  })

  test('a program that was changed is saved before it is written again', async () => {
    const root = temporaryRoot()
    const system = realSystem(root)
    await installInto(system)
    writeFileSync(path.join(root, '/usr/lib/pktw/pktw.mjs'), 'edited')
    expect(await installCodesOf(system)).toEqual(['install.saves-changed-file'])
    expect(read(root, '/usr/lib/pktw/pktw.mjs.pktw-saved')).toBe('edited')
    expect(read(root, '/usr/lib/pktw/pktw.mjs')).toBe('#!/usr/bin/node\n')
  })

  test('edited settings are neither overwritten nor removed', async () => {
    const root = temporaryRoot()
    const system = realSystem(root)
    await installInto(system)
    writeFileSync(path.join(root, settingsFile), 'mount: {}\n')
    // install reads the settings that are there, so these are the ones wanted.
    const edited = wish({
      files: wish().files.map((f) => (f.editable ? { ...f, bytes: Buffer.from('mount: {}\n') } : f)),
    })
    expect(await planned(system, edited)).toEqual([])
    expect((await uninstallFrom(system)).diagnostics.map((d) => d.code)).toEqual([
      'install.keeps-changed-file',
    ])
    expect(listTree(root).map((l) => l.split(' ')[0])).toEqual(['.', 'etc', 'etc/pktw', 'etc/pktw/pktw.yaml'])
  })

  test('what root runs becomes root’s, whoever’s it was; edited settings stay whose they are', async (context) => {
    if (process.getuid?.() !== 0) skip(context, 'only root can give a file to another user')
    const root = temporaryRoot({ '/usr/lib/pktw/pktw.mjs': 'theirs' })
    chownSync(path.join(root, 'usr/lib/pktw/pktw.mjs'), 65534, 65534)
    const system = realSystem(root)
    await installInto(system)
    expect(await system.inspect('/usr/lib/pktw/pktw.mjs')).toMatchObject({ uid: 0, gid: 0, mode: 0o755 })
    chownSync(path.join(root, settingsFile), 65534, 65534)
    await installInto(
      system,
      wish({
        files: wish().files.map((f) => (f.editable ? { ...f, bytes: Buffer.from('mount: {}\n') } : f)),
      }),
    )
    expect(read(root, settingsFile)).toBe('mount: {}\n')
    expect(await system.inspect(settingsFile)).toMatchObject({ uid: 65534, gid: 65534 })
    await uninstallFrom(system)
    expect(read(root, '/usr/lib/pktw/pktw.mjs')).toBe('theirs')
    expect(await system.inspect('/usr/lib/pktw/pktw.mjs')).toMatchObject({ uid: 65534, gid: 65534 })
  })

  test('a wrong mode is set right', async () => {
    const root = temporaryRoot()
    const system = realSystem(root)
    await installInto(system)
    chmodSync(path.join(root, rulesFile), 0o666)
    const writes = (await planned(system, wish())).filter((s) => s.do === 'writeFile').map((s) => s.path)
    expect(writes).toEqual([manifestPath, rulesFile, manifestPath])
    await installInto(system)
    expect(await planned(system, wish())).toEqual([])
  })
})

describe('uninstall', () => {
  test('keeps what was changed, says so, and removes the rest', async () => {
    const root = temporaryRoot()
    const system = realSystem(root)
    await installInto(system)
    writeFileSync(path.join(root, rulesFile), '# edited\n')
    const { diagnostics } = await uninstallFrom(system)
    expect(diagnostics.map((d) => d.message)).toEqual([expect.stringContaining(rulesFile)])
    expect(listTree(root).map((l) => l.split(' ')[0])).toEqual([
      '.',
      'etc',
      'etc/udev',
      'etc/udev/rules.d',
      rulesFile.slice(1),
    ])
  })

  test('keeps what others put into directories of ours, and their lines in fstab', async () => {
    const root = temporaryRoot({ '/etc/fstab': fstab })
    const system = realSystem(root)
    await installInto(system)
    writeFileSync(path.join(root, '/etc/udev/rules.d/99-mine.rules'), 'x')
    writeFileSync(path.join(root, '/etc/fstab'), `${read(root, '/etc/fstab')}\ntmpfs /x tmpfs\n`)
    await uninstallFrom(system)
    expect(read(root, '/etc/udev/rules.d/99-mine.rules')).toBe('x')
    expect(read(root, '/etc/fstab')).toBe(`${fstab}\ntmpfs /x tmpfs\n`)
  })

  test('does nothing where nothing is installed', async () => {
    const root = temporaryRoot({ '/etc/fstab': `${line}\n` })
    const before = listTree(root)
    expect(await uninstallFrom(realSystem(root))).toEqual({ complete: true, diagnostics: [] })
    expect(listTree(root)).toEqual(before)
  })

  test('works after files of ours were removed by hand', async () => {
    const root = temporaryRoot()
    const system = realSystem(root)
    await installInto(system)
    rmSync(path.join(root, '/usr/lib/pktw'), { recursive: true })
    expect(await uninstallFrom(system)).toEqual({ complete: true, diagnostics: [] })
    expect(listTree(root)).toHaveLength(1)
  })

  test('does not trust a manifest that is none', async () => {
    const root = temporaryRoot({
      [manifestPath]: '{"version":1,"records":[{"kind":"file","path":"etc/passwd"}]}',
    })
    const before = listTree(root)
    expect((await uninstallFrom(realSystem(root))).diagnostics.map((d) => d.code)).toEqual([
      'install.manifest-unreadable',
    ])
    expect(await installCodesOf(realSystem(root))).toEqual(['install.manifest-unreadable'])
    expect(listTree(root)).toEqual(before)
    const backup = { kind: 'file', path: '/a', mode: 0o644, sha256: '', backup: '/etc/shadow' }
    expect(parseManifest(JSON.stringify({ version: 1, records: [backup] }))).toBe('unreadable')
  })
})

describe('fstab', () => {
  test('a mount point that has a line already is refused, with its place', async () => {
    const root = temporaryRoot({ '/etc/fstab': `${fstab}\n/dev/pktcdvd/0 /media/cdvdrw/ udf noauto 0 0\n` })
    const before = listTree(root)
    const refused = await planned(realSystem(root), wish()).catch((error: Error) => error.message)
    expect(refused).toBe('refused: install.fstab-taken')
    expect(listTree(root)).toEqual(before)
  })

  test('a line of others that is the same as ours is not taken for ours', async () => {
    const root = temporaryRoot({ '/etc/fstab': `${line}\n${fstab}\n` })
    const before = listTree(root)
    const system = realSystem(root)
    await installInto(system)
    expect(read(root, '/etc/fstab')).toBe(`${line}\n${fstab}\n`)
    await uninstallFrom(system)
    expect(listTree(root)).toEqual(before)
  })

  test('a link is not edited', async () => {
    const root = temporaryRoot({ '/usr/share/fstab': fstab })
    mkdirSync(path.join(root, 'etc'))
    symlinkSync('../usr/share/fstab', path.join(root, 'etc/fstab'))
    expect(await installCodesOf(realSystem(root))).toEqual(['install.fstab-not-a-file'])
    expect(await installCodesOf(realSystem(root), wish({ fstabLines: [] }))).toEqual([])
  })

  test('a foreign file in the place of the backup is not overwritten', async () => {
    const root = temporaryRoot({ '/etc/fstab': fstab, '/etc/fstab.pktw-backup': 'theirs' })
    expect(await installCodesOf(realSystem(root))).toEqual(['install.backup-exists'])
  })
})

describe("udftools' rule", () => {
  const rules = { '/usr/lib/udev/rules.d/80-pktsetup.rules': 'x' }
  test('is masked, and that is said once', async () => {
    const root = temporaryRoot(rules)
    const system = realSystem(root)
    expect(await installCodesOf(system)).toEqual(['install.masks-udftools'])
    expect(await system.inspect(udftoolsMask)).toEqual({ kind: 'symlink', target: '/dev/null' })
    expect(await installCodesOf(system)).toEqual([])
  })
  test('is unmasked when udftools is gone', async () => {
    const root = temporaryRoot(rules)
    const system = realSystem(root)
    await installInto(system)
    rmSync(path.join(root, Object.keys(rules)[0] as string))
    await installInto(system)
    expect(await system.inspect(udftoolsMask)).toEqual({ kind: 'absent' })
  })
  test('is left to a file of that name that is not ours', async () => {
    const root = temporaryRoot({ ...rules, [udftoolsMask]: 'mine' })
    const system = realSystem(root)
    expect(await installCodesOf(system)).toEqual(['install.udftools-not-masked'])
    await uninstallFrom(system)
    expect(read(root, udftoolsMask)).toBe('mine')
  })
  test('a mask of the administrator stays his', async () => {
    const root = temporaryRoot(rules)
    mkdirSync(path.join(root, '/etc/udev/rules.d'), { recursive: true })
    symlinkSync('/dev/null', path.join(root, udftoolsMask))
    const system = realSystem(root)
    expect(await installCodesOf(system)).toEqual([])
    await uninstallFrom(system)
    expect(await system.inspect(udftoolsMask)).toEqual({ kind: 'symlink', target: '/dev/null' })
  })
})

describe('what is in the way', () => {
  test.each([
    [
      'a directory where a file belongs',
      (root: string) => mkdirSync(path.join(root, rulesFile), { recursive: true }),
      'install.not-a-file',
    ],
    [
      'a file where a directory belongs',
      (root: string) => writeFileSync(path.join(root, 'media'), ''),
      'install.not-a-directory',
    ],
    [
      'a command that is not ours',
      (root: string) => {
        mkdirSync(path.join(root, 'usr/bin'), { recursive: true })
        writeFileSync(path.join(root, 'usr/bin/pktw'), '')
      },
      'install.not-our-link',
    ],
  ])('%s is told, and nothing is touched', async (_, plant, code) => {
    const root = temporaryRoot()
    plant(root)
    const before = listTree(root)
    expect(await installCodesOf(realSystem(root))).toEqual([code])
    expect(listTree(root)).toEqual(before)
  })
})
