import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { layoutFor } from '../../src/cli/layout-for.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { initOf } from '../../src/system/init.ts'
import { realSystem } from '../../src/system/real.ts'
import { run } from '../../src/system/run.ts'
import { listTree, temporaryRoot } from '../steps/tree.ts'
import { needPermission, skip } from '../tools.ts'

const program = path.join(inject('programs'), 'pktw.mjs')
const pktw = (...argv: string[]) => run(process.execPath, [program, ...argv])

test('a read-only /usr: everything goes below /etc, that is said, and it can be taken away again', async (context) => {
  if (process.getuid?.() !== 0) skip(context, 'only root can mount')
  const root = temporaryRoot({ '/usr/bin/node': '', '/etc/fstab': 'x\n' })
  mkdirSync(path.join(root, 'opt/bin'), { recursive: true })
  const usr = path.join(root, 'usr')
  needPermission(context, 'mount', '--bind', usr, usr)
  onTestFinished(() => void execFileSync('umount', [usr]))
  execFileSync('mount', ['-o', 'remount,ro,bind', usr])
  const before = listTree(root)
  const { code, stderr } = await pktw('install', '--root', root)
  expect([code, stderr]).toEqual([0, expect.stringContaining('[install.usr-read-only]')])
  const rules = readFileSync(path.join(root, 'etc/udev/rules.d/61-pktw.rules'), 'utf8')
  expect(rules).toContain('/etc/pktw/lib/pktw-probe.mjs')
  const names = listTree(root).map((l) => l.split(' ')[0])
  for (const name of [
    'etc/pktw/lib/pktw-hook.mjs',
    'etc/pktw/lib/settings.json',
    'opt/bin/pktw',
    'etc/polkit-1/actions/org.pktw.policy',
    'etc/pktw/share/man/man1/pktw.1',
  ])
    expect(names).toContain(name)
  expect((await pktw('install', '--root', root)).stdout).toContain('nothing to do')
  await pktw('uninstall', '--root', root)
  expect(listTree(root)).toEqual(before)
})

test('without a directory for commands the command is called by its path', async () => {
  const { value, diagnostics } = await layoutFor({
    ...realSystem(temporaryRoot()),
    isWritable: async () => false,
  })
  expect(value?.bindir).toBe('/etc/pktw/lib')
  expect(diagnostics[0]?.message).toContain('/etc/pktw/lib/pktw')
})

test('an image with another init gets what is of use there, and is told what that is', async () => {
  const root = temporaryRoot({ '/usr/bin/node': '', '/sbin/openrc': '', '/etc/fstab': 'x\n' })
  const before = listTree(root)
  const { code, stderr } = await pktw('install', '--root', root, '--mount', 'fstab')
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /OpenRC starts the services here.*What works.*What does not.*\[install\.no-systemd\]/,
  )
  const names = listTree(root).map((l) => l.split(' ')[0] as string)
  expect(names).toContain('etc/udev/rules.d/61-pktw.rules')
  for (const name of [
    'etc/modules-load.d/pktw.conf',
    'etc/modprobe.d/pktw.conf',
    'usr/share/man/man1/pktw.1',
  ])
    expect(names).toContain(name)
  expect(names.filter((n) => /systemd|tmpfiles|polkit|^media/.test(n) && !n.includes('templates'))).toEqual(
    [],
  )
  expect(readFileSync(path.join(root, 'etc/fstab'), 'utf8')).toBe('x\n')
  await pktw('uninstall', '--root', root)
  expect(listTree(root)).toEqual(before)
})

test('rules without systemd want no unit, hide no drive, and keep the kernel from writing what it would lose', () => {
  const rulesOf = (systemd: boolean): string =>
    generate(defaults, { ...layouts.local, systemd }, loadTemplates()).value?.find(
      (a) => a.kind === 'udev-rules',
    )?.text ?? ''
  const [withIt, without] = [rulesOf(true), rulesOf(false)]
  const known = (text: string): string =>
    text.slice(text.indexOf('LABEL="pktw_disc"'), text.indexOf('LABEL="pktw_eject"'))
  expect(known(withIt)).toContain('SYSTEMD_WANTS')
  expect(known(without)).toContain('IMPORT{program}')
  expect(known(without)).not.toMatch(/SYSTEMD_WANTS|UDISKS_IGNORE/)
  expect(known(without)).toMatch(/^ENV\{PKTW_READ_ONLY\}="1", ENV\{UDISKS_MOUNT_OPTIONS_DEFAULTS\}="ro"$/m)
  expect(known(without)).toMatch(/^ATTR\{ro\}=="0", PROGRAM!="\S+ --setro \$devnode"/m)
})

test.each([
  [{ '/run/systemd/system/x': '' }, true, 'systemd'],
  [{ '/run/openrc/x': '' }, true, 'OpenRC'],
  [{ '/run/runit/x': '' }, true, 'runit'],
  [{}, true, 'another init'],
  [{ '/etc/init.d/x': '', '/usr/lib/systemd/systemd': '' }, false, 'systemd'],
  // Nothing that starts anything is there yet.
  [{ '/etc/init.d/x': '' }, false, 'systemd'],
  // Debian before its /usr was one.
  [{ '/etc/init.d/x': '', '/lib/systemd/systemd': '' }, false, 'systemd'],
  // Packages bring units whatever starts them.
  [{ '/sbin/openrc': '', '/sbin/init': 'sysvinit', '/lib/systemd/system/x.service': '' }, false, 'OpenRC'],
  [{ '/usr/bin/openrc': '', '/etc/init.d/x': '', '/usr/lib/systemd/system/x.service': '' }, false, 'OpenRC'],
  [{ '/etc/runit/1': '', '/lib/systemd/system/x.service': '' }, false, 'runit'],
  // sysvinit beside systemd: what is started is /sbin/init.
  [{ '/sbin/init': 'sysvinit', '/lib/systemd/systemd': '', '/etc/init.d/x': '' }, false, 'another init'],
  [{ '/sbin/init': 'sysvinit' }, false, 'another init'],
  [{ '/etc/runit/1': '' }, false, 'runit'],
  [{}, false, 'systemd'],
] as [Record<string, string>, boolean, string][])('%j, live %s: %s', async (files, live, init) => {
  expect(await initOf({ ...realSystem(temporaryRoot(files)), live })).toBe(init)
})

test.each([
  ['../lib/systemd/systemd', 'systemd'],
  ['/usr/lib/systemd/systemd', 'systemd'],
  ['openrc-init', 'OpenRC'],
  ['/usr/bin/runit-init', 'runit'],
  ['/bin/busybox', 'another init'],
])('an image whose init leads to %s: %s', async (target, init) => {
  const root = temporaryRoot({ '/usr/lib/systemd/systemd': '', '/usr/sbin/x': '' })
  symlinkSync(target, path.join(root, 'usr/sbin/init'))
  symlinkSync('usr/sbin', path.join(root, 'sbin'))
  expect(await initOf(realSystem(root))).toBe(init)
  renameSync(path.join(root, 'usr/sbin/init'), path.join(root, 'usr/sbin/x'))
  symlinkSync('/sbin/x', path.join(root, 'usr/sbin/init'))
  expect(await initOf(realSystem(root))).toBe(init)
})
