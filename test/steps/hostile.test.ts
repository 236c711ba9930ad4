// Odd and hostile surroundings, brought about for real: file systems that are full or read-only, immutable files, files on
// which something is mounted, links that others planted.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect, inject, onTestFinished, type TestContext, test } from 'vitest'
import { differences } from '../../src/steps/differences.ts'
import { failureOf } from '../../src/steps/failure.ts'
import { observe } from '../../src/steps/observe.ts'
import { planInstall } from '../../src/steps/plan-install.ts'
import { planUninstall } from '../../src/steps/plan-uninstall.ts'
import { runSteps } from '../../src/steps/run.ts'
import type { Step } from '../../src/steps/step.ts'
import { realSystem } from '../../src/system/real.ts'
import { needTools, skip } from '../tools.ts'
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

const fstab = 'UUID=1 / ext4 errors=remount-ro 0 1\n'

/** Runs programs of the system; the test is skipped where the kernel does not let us. */
function mustDo(context: TestContext, program: string, ...argv: string[]): void {
  needTools(context, program)
  try {
    execFileSync(program, argv, { stdio: 'pipe' })
  } catch (error) {
    skip(context, `${program} ${argv.join(' ')}: ${(error as Error).message.split('\n').at(-2)}`)
  }
}

const needsRoot = (context: TestContext): void => {
  if (process.getuid?.() !== 0) skip(context, 'only root can do this')
}

/** A tmpfs of its own, with an fstab in it. */
function tmpfs(context: TestContext, options: string): string {
  needsRoot(context)
  const root = mkdtempSync(path.join(inject('scratch'), 'tmpfs-'))
  mustDo(context, 'mount', '-t', 'tmpfs', '-o', `mode=0755,${options}`, 'pktw-test', root)
  onTestFinished(() => void execFileSync('umount', [root]))
  mkdirSync(path.join(root, 'etc'))
  writeFileSync(path.join(root, 'etc/fstab'), fstab)
  return root
}

for (const [what, tight, wide] of [
  ['no inode is left', 'nr_inodes=14', 'nr_inodes=400'],
  ['no block is left', 'size=40k', 'size=4m'],
] as const)
  test(`${what}: told, undone, and done once there is room`, async (context) => {
    const root = tmpfs(context, tight)
    const before = listTree(root)
    const system = realSystem(root)
    const big = wish({ files: [...wish().files, wantedFile('/usr/lib/pktw/big', 'x'.repeat(20_000))] })
    const report = await installInto(system, big)
    expect(report.diagnostics.map((d) => d.code)).toEqual(['install.no-space', 'install.undone'])
    expect(listTree(root)).toEqual(before)
    execFileSync('mount', ['-o', `remount,${wide}`, root])
    expect((await installInto(system, big)).complete).toBe(true)
    await uninstallFrom(system)
    expect(listTree(root)).toEqual(before)
  })

test('a read-only /etc: told and undone; uninstall there as well', async (context) => {
  needsRoot(context)
  const root = temporaryRoot({ '/etc/fstab': fstab })
  const before = listTree(root)
  const etc = path.join(root, 'etc')
  const readOnly = (): void => {
    mustDo(context, 'mount', '--bind', etc, etc)
    mustDo(context, 'mount', '-o', 'remount,ro,bind', etc)
  }
  readOnly()
  const system = realSystem(root)
  const report = await installInto(system)
  execFileSync('umount', [etc])
  expect(report.diagnostics.map((d) => d.code)).toEqual(['install.read-only', 'install.undone'])
  expect(listTree(root)).toEqual(before)
  await installInto(system)
  const installed = listTree(root)
  readOnly()
  const removal = await uninstallFrom(system)
  execFileSync('umount', [etc])
  expect(removal.diagnostics.map((d) => d.code)).toEqual(['install.read-only', 'install.undone'])
  expect(listTree(root)).toEqual(installed)
})

test('an immutable fstab: told with the remedy, and undone', async (context) => {
  needsRoot(context)
  // tmpfs knows no such attribute before 6.x.
  const root = temporaryRoot({ '/etc/fstab': fstab })
  const file = path.join(root, 'etc/fstab')
  mustDo(context, 'chattr', '+i', file)
  onTestFinished(() => void execFileSync('chattr', ['-i', file]))
  const before = listTree(root)
  const report = await installInto(realSystem(root))
  expect(report.diagnostics).toMatchObject([
    { code: 'install.immutable', remedy: expect.stringContaining('chattr -i') },
    { code: 'install.undone' },
  ])
  expect(listTree(root)).toEqual(before)
})

test('an fstab that is mounted from elsewhere, as in a container: told, and undone', async (context) => {
  needsRoot(context)
  const root = temporaryRoot({ '/etc/fstab': '', '/elsewhere': fstab })
  const file = path.join(root, 'etc/fstab')
  mustDo(context, 'mount', '--bind', path.join(root, 'elsewhere'), file)
  onTestFinished(() => void execFileSync('umount', [file]))
  const before = listTree(root)
  const report = await installInto(realSystem(root))
  expect(report.diagnostics.map((d) => d.code)).toEqual(['install.mounted-over', 'install.undone'])
  expect(listTree(root)).toEqual(before)
})

test('/etc on another file system is like any other', async (context) => {
  const root = temporaryRoot()
  const etc = tmpfs(context, 'size=1m')
  execFileSync('mkdir', [path.join(root, 'etc')])
  mustDo(context, 'mount', '--bind', path.join(etc, 'etc'), path.join(root, 'etc'))
  onTestFinished(() => void execFileSync('umount', [path.join(root, 'etc')]))
  const before = listTree(root)
  const system = realSystem(root)
  await installInto(system)
  expect(readFileSync(path.join(root, 'etc/fstab'), 'utf8')).toBe(`${fstab}${line}\n`)
  await uninstallFrom(system)
  expect(listTree(root)).toEqual(before)
})

test('an fstab of 10,000 lines, with carriage returns and without an end', async () => {
  const text = `${Array.from({ length: 10_000 }, (_, i) => `UUID=${i} /mnt/${i} ext4 noauto 0 0`).join('\r\n')}`
  const root = temporaryRoot({ '/etc/fstab': text })
  const before = listTree(root)
  const system = realSystem(root)
  const started = Date.now()
  await installInto(system)
  expect(Date.now() - started).toBeLessThan(60_000)
  expect(readFileSync(path.join(root, 'etc/fstab'), 'utf8')).toBe(`${text}\n${line}`)
  await uninstallFrom(system)
  expect(listTree(root)).toEqual(before)
})

test('a mount point of somebody else is found in an fstab that is a link, though no line is to go there', async () => {
  const root = temporaryRoot({ '/persist/fstab': '/dev/sr0 /media/cdvdrw udf ro 0 0\n' })
  mkdirSync(path.join(root, 'etc'))
  symlinkSync('/persist/fstab', path.join(root, 'etc/fstab'))
  expect(await installCodesOf(realSystem(root), wish({ fstabLines: [] }))).toEqual(['install.fstab-taken'])
})

test('a line of ours that was edited is kept, named, and replaced when that is asked for', async () => {
  const root = temporaryRoot({ '/etc/fstab': fstab })
  const system = realSystem(root)
  await installInto(system)
  const at = path.join(root, 'etc/fstab')
  const mine = line.replace('noatime', 'noatime,noexec')
  writeFileSync(at, readFileSync(at, 'utf8').replace(line, mine))
  const text = readFileSync(at, 'utf8')
  expect(text).toContain(mine)
  // Whatever else is new is done.
  const more = wish({ modules: ['sg'] })
  expect(await installCodesOf(system, more)).toEqual(['install.keeps-fstab-line'])
  expect(readFileSync(at, 'utf8')).toBe(text)
  expect(differences(await observe(system)).filter((d) => d.path === '/etc/fstab')).toMatchObject([
    { what: 'changed', detail: expect.stringContaining(mine) },
  ])
  // Without lines of ours it would win over the mount unit.
  expect(await installCodesOf(system, wish({ fstabLines: [] }))).toContain('install.fstab-taken')

  const kept = planUninstall(await observe(system))
  expect(kept.diagnostics).toMatchObject([
    { code: 'install.fstab-edited-stays', message: expect.stringContaining(mine) },
  ])
  expect(await installCodesOf(system, wish({ overwrite: true }))).toEqual([])
  expect(readFileSync(at, 'utf8')).toBe(text.replace(mine, line))
  writeFileSync(at, text)
  await uninstallFrom(system)
  expect(readFileSync(at, 'utf8')).toBe(text)
})

test('an fstab that became a link since stays one, and keeps its line: said', async () => {
  const root = temporaryRoot({ '/etc/fstab': fstab })
  const system = realSystem(root)
  await installInto(system)
  mkdirSync(path.join(root, 'persist'))
  renameSync(path.join(root, 'etc/fstab'), path.join(root, 'persist/fstab'))
  symlinkSync('../persist/fstab', path.join(root, 'etc/fstab'))
  const plan = planUninstall(await observe(system))
  expect(plan.diagnostics.map((d) => d.code)).toEqual(['install.fstab-line-stays'])
  expect(plan.diagnostics[0]?.remedy).toContain(line)
  await uninstallFrom(system)
  expect(readlinkSync(path.join(root, 'etc/fstab'))).toBe('../persist/fstab')
  expect(readFileSync(path.join(root, 'persist/fstab'), 'utf8')).toContain(line)
  // Between looking and doing, too.
  const edit: Step = { do: 'editFstab', path: '/etc/fstab', add: [line], remove: [], removeIfEmpty: false }
  expect((await runSteps([edit], system)).complete).toBe(false)
  expect(readlinkSync(path.join(root, 'etc/fstab'))).toBe('../persist/fstab')
})

test('other settings go over edited ones, which are kept aside', async () => {
  const root = temporaryRoot({ '/etc/fstab': fstab })
  const system = realSystem(root)
  await installInto(system)
  writeFileSync(path.join(root, settingsFile), '# edited\n')
  const other = wish({
    files: wish().files.map((f) =>
      f.editable ? { ...f, bytes: Buffer.from('# other\n'), another: true } : f,
    ),
  })
  expect(await installCodesOf(system, other)).toContain('install.saves-changed-file')
  expect(readFileSync(path.join(root, settingsFile), 'utf8')).toBe('# other\n')
  expect(readFileSync(path.join(root, `${settingsFile}.pktw-saved`), 'utf8')).toBe('# edited\n')
})

test('something else is mounted at the mount point, or lies in it', async (context) => {
  needsRoot(context)
  const root = realpathSync(temporaryRoot({ '/etc/fstab': fstab }))
  const point = path.join(root, 'media/cdvdrw')
  mkdirSync(point, { recursive: true })
  writeFileSync(path.join(point, 'mine'), '')
  const system = realSystem(root)
  expect(await installCodesOf(system)).toEqual(['install.mount-point-filled'])
  // The kernel's own list, in which a mount point of the image has the path of the host.
  mustDo(context, 'mount', '-t', 'tmpfs', 'somebody', point)
  onTestFinished(() => void execFileSync('umount', [point]))
  const seen = await observe({ ...realSystem('/'), live: true }, undefined)
  const mount = seen.mounts.find((m) => m.target === point)
  expect(mount?.source).toBe('somebody')
  const here = await observe(system, wish())
  const mounts = [{ ...mount, target: '/media/cdvdrw' } as (typeof seen.mounts)[number]]
  const { value, diagnostics } = planInstall(wish(), { ...here, live: true, mounts })
  expect([value, diagnostics.map((d) => d.code)]).toEqual([undefined, ['install.mount-point-in-use']])
  const disc = { ...mounts[0], source: '/dev/nbd0' } as (typeof mounts)[number]
  expect(planInstall(wish(), { ...here, live: true, mounts: [disc] }).value).toBeDefined()
})

test('links that another user planted in a --root that anybody may write to lead nowhere', async (context) => {
  needsRoot(context)
  const host = temporaryRoot({ '/lib/x': '' })
  const before = listTree(host)
  const plant = (root: string, target: string): void => {
    symlinkSync(target, path.join(root, 'usr'))
    lchownSync(path.join(root, 'usr'), 65534, 65534)
  }
  for (const mode of [0o1777, 0o777]) {
    const out = temporaryRoot()
    chmodSync(out, mode)
    plant(out, host)
    expect(await installCodesOf(realSystem(out))).toEqual(['install.not-a-directory'])
    const root = temporaryRoot({ '/mine/x': '' })
    chmodSync(root, mode)
    plant(root, 'mine')
    mkdirSync(path.join(root, 'etc'))
    chownSync(path.join(root, 'etc'), 65534, 65534)
    const tree = listTree(root)
    const report = await runSteps(await planned(realSystem(root), wish()), realSystem(root))
    expect(report.diagnostics[0]).toMatchObject({ code: 'install.path-refused' })
    expect(listTree(root)).toEqual(tree)
  }
  expect(listTree(host)).toEqual(before)
})

test('what a step fails with becomes a problem with its own remedy', () => {
  const codeOf = (code: string): string => failureOf(Object.assign(new Error('x'), { code }), 'step').code
  expect(['ENOSPC', 'EDQUOT', 'EROFS', 'EPERM', 'EBUSY', 'EIO'].map(codeOf)).toEqual([
    'install.no-space',
    'install.no-space',
    'install.read-only',
    'install.immutable',
    'install.mounted-over',
    'install.step-failed',
  ])
})

test('a directory in the place of the settings or the rules is told, whatever is in it', async () => {
  for (const file of [settingsFile, rulesFile]) {
    const root = temporaryRoot({ [`${file}/x`]: '' })
    const before = listTree(root)
    expect(await installCodesOf(realSystem(root))).toEqual(['install.not-a-file'])
    expect(listTree(root)).toEqual(before)
  }
})
