// The bundled program as a process: what it prints where, and its exit code.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { run } from '../../src/system/run.ts'
import { notInPage } from '../artifacts/man-text.ts'
import { listTree, temporaryRoot } from '../steps/tree.ts'
import { needTools } from '../tools.ts'

const program = path.join(inject('programs'), 'pktw.mjs')
const pktw = (...argv: string[]) => run(process.execPath, [program, ...argv])

const image = (files: Record<string, string> = {}): string =>
  temporaryRoot({
    '/etc/fstab': 'UUID=1 / ext4 defaults 0 1\n',
    ...Object.fromEntries(
      ['node', 'nbd-client', 'systemctl', 'systemd-tmpfiles', 'udevadm', 'modprobe', 'blockdev'].map((p) => [
        `/usr/bin/${p}`,
        '',
      ]),
    ),
    ...files,
  })

const driveVerbs = ['map', 'unmap', 'toggle', 'mount', 'umount', 'eject', 'stats']
const verbs = ['install', 'uninstall', 'status', 'doctor', 'completion', ...driveVerbs]

test('--help names every verb, an example and the exit codes', async () => {
  const { code, stdout, stderr } = await pktw('--help')
  expect([code, stderr]).toEqual([0, ''])
  for (const verb of verbs) expect(stdout).toContain(`pktw ${verb}`)
  expect(stdout).toContain('sudo pktw install  ')
  expect(stdout).toContain('Exit codes: 0 ')
})

test.each(verbs)('%s --help has examples and the exit codes', async (verb) => {
  const { code, stdout, stderr } = await pktw(verb, '--help')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(new RegExp(`^Examples:\\n.*pktw ${verb}`, 'm'))
  expect(stdout).toContain('Exit codes: 0 ')
  expect(notInPage(stdout, 'pktw.1')).toEqual([])
})

test.each([
  [['install', '--mont', 'fstab'], 'mont', 'cli.usage'],
  [['instal'], 'Did you mean install?', 'cli.usage'],
  [[], 'a verb is missing', 'cli.usage'],
  [['status', '--watch', 'sr0'], 'seconds', 'cli.usage'],
  [['completion', 'csh'], 'csh', 'cli.usage'],
  [['mount', 'sda'], 'sda is not an optical drive', 'cli.not-a-drive'],
  [['eject', 'sda'], 'sda is not an optical drive', 'cli.not-a-drive'],
  [['install', '--root', '/nowhere'], '/nowhere', 'install.no-root-directory'],
  [['install', '--root'], 'Not enough arguments following: root', 'cli.usage'],
])('wrong usage is told on stderr, with 2: %j', async (argv, text, diagnostic) => {
  const { code, stdout, stderr } = await pktw(...argv)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(text)
  expect(stderr).toContain(`[${diagnostic}]`)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('install --dry-run --json is one document, and touches nothing', async () => {
  const root = image()
  const before = listTree(root)
  const { code, stdout, stderr } = await pktw('install', '--root', root, '--dry-run', '--json')
  expect([code, stderr]).toEqual([0, ''])
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ root, applied: false, diagnostics: [] })
  expect(report.steps.map((s: { text: string }) => s.text.split(' ')[0])).toContain(
    '/etc/udev/rules.d/61-pktw.rules',
  )
  expect(listTree(root)).toEqual(before)
})

test('install, install, uninstall', async () => {
  const root = image()
  const before = listTree(root)
  const first = await pktw('install', '--root', root, '--mount', 'fstab', '--where', '/media/disc')
  expect([first.code, first.stderr]).toEqual([0, ''])
  expect(first.stdout).toContain('      +/dev/pktcdvd/pktcdvd0 /media/disc udf')
  expect(readFileSync(path.join(root, 'etc/pktw/pktw.yaml'), 'utf8')).toContain('where: /media/disc\n')
  expect(readFileSync(path.join(root, 'usr/lib/pktw/pktw-hook.mjs'), 'utf8')).toMatch(/^#!\/usr\/bin\/node\n/)
  // The options were written down: without them it is the same installation.
  const second = await pktw('install', '--root', root)
  expect([second.code, second.stdout]).toEqual([
    0,
    'nothing to do: pktw is installed as the settings ask for',
  ])
  const removed = await pktw('uninstall', '--root', root)
  expect([removed.code, removed.stderr]).toEqual([0, ''])
  expect(listTree(root)).toEqual(before)
})

test('what has to be installed beside it is named with its package, and the rest goes on', async () => {
  const root = temporaryRoot()
  const { code, stderr } = await pktw('install', '--root', root, '--dry-run')
  expect(code).toBe(0)
  expect(stderr).toMatch(/nbd-client is not installed.*\[install\.missing-program\]/)
  expect(stderr).toContain('/usr/bin/node is not in')
})

test('a mistake in the settings is told at its place, and nothing is done', async () => {
  const root = image({ '/etc/pktw/pktw.yaml': 'mount:\n  stile: fstab\n' })
  const before = listTree(root)
  const { code, stdout, stderr } = await pktw('install', '--root', root)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain('/etc/pktw/pktw.yaml:2:3: error: ')
  const json = await pktw('install', '--root', root, '--json')
  expect(JSON.parse(json.stdout).diagnostics[0].at).toMatchObject({ line: 2, column: 3 })
  expect(listTree(root)).toEqual(before)
})

test('a failure that nobody has thought of names what it failed at, without a stack', async () => {
  const root = image()
  mkdirSync(path.join(root, 'var/lib/pktw/manifest.json'), { recursive: true })
  const { code, stderr } = await pktw('status', '--installed', '--root', root)
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: \/var\/lib\/pktw\/manifest\.json: EISDIR.* \[cli\.failed\]$/m)
  expect(stderr).not.toMatch(/^\s+at /m)
})

test('a directory in the place of the settings is told by its path', async () => {
  const root = image()
  mkdirSync(path.join(root, 'etc/pktw/pktw.yaml'), { recursive: true })
  const { code, stderr } = await pktw('install', '--root', root)
  expect(code).toBe(1)
  expect(stderr).toContain('/etc/pktw/pktw.yaml cannot be read: /etc/pktw/pktw.yaml: EISDIR')
  expect(stderr).toContain('[install.config-unreadable]')
})

describe('templates of the administrator', () => {
  const own = (name: string, text: string) => image({ [`/etc/pktw/templates/${name}.hbs`]: text })
  test('one that is good is used', async () => {
    const root = own('modules-load/pktw', 'sg\n')
    mkdirSync(path.join(root, 'etc/pktw/templates/modules-load'), { recursive: true })
    writeFileSync(path.join(root, 'etc/pktw/templates/modules-load/pktw.conf.hbs'), '# mine\nsg\nnbd\nudf\n')
    const { code, stderr } = await pktw('install', '--root', root)
    expect(code).toBe(0)
    expect(readFileSync(path.join(root, 'etc/modules-load.d/pktw.conf'), 'utf8')).toBe(
      '# mine\nsg\nnbd\nudf\n',
    )
    // The other is a slip of the pen.
    expect(stderr).toMatch(/modules-load\/pktw\.hbs takes the place of no template \[gen\.template-useless\]/)
    expect(stderr).toContain('Did you mean modules-load/pktw.conf.hbs?')
  })
  test.for([
    ['polkit/50-pktw.rules', 'polkit.addRule((action) => null);\n', 'ECMAScript 5: ', undefined],
    ['systemd/pktw.target', '[Unit]\nDescripton=x\n', 'systemd-analyze verify: ', 'systemd-analyze'],
    ['dbus/org.pktw.Pktw1.conf', '<busconfig>\n<permit/>\n</busconfig>\n', 'dbus-daemon: ', 'dbus-daemon'],
    ['settings/settings.json', '{ {{json compiled}}\n', 'JSON: ', undefined],
  ] as const)('%s that its verifier refuses: nothing is done', async ([name, text, says, tool], context) => {
    if (tool !== undefined) needTools(context, tool)
    const root = own(name, text)
    writeFileSync(path.join(root, 'etc/pktw/pktw.yaml'), 'access: { admins: wheel }\n')
    const before = listTree(root)
    const { code, stdout, stderr } = await pktw('install', '--root', root)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`^/etc/pktw/templates/${name}\\.hbs:\\d+:1: error: `, 'm'))
    expect(stderr).toContain(says)
    expect(listTree(root)).toEqual(before)
  })
  test.each([
    ['Handlebars that is none', '{{#if}}\n'],
    ['text that is not UTF-8', Buffer.from([0x23, 0xff, 0x0a])],
    ['a directory', undefined],
  ])('%s is told with its path', async (_name, bytes) => {
    const root = image()
    const file = path.join(root, 'etc/pktw/templates/modules-load/pktw.conf.hbs')
    mkdirSync(bytes === undefined ? file : path.dirname(file), { recursive: true })
    if (bytes !== undefined) writeFileSync(file, bytes)
    const { code, stderr } = await pktw('install', '--root', root)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^\/etc\/pktw\/templates\/modules-load\/pktw\.conf\.hbs:\d:1: error: [\s\S]*\[gen\.template-broken\]/m,
    )
  })
})

test('a link out of the image is refused without a stack', async () => {
  const host = temporaryRoot()
  const root = image()
  mkdirSync(path.join(root, 'usr/lib'))
  symlinkSync(`../../../../..${host}`, path.join(root, 'usr/lib/pktw'))
  const { code, stderr } = await pktw('install', '--root', root)
  expect(code).toBe(2)
  expect(stderr).toMatch(/leads out of .*\[install\.path-refused\]/)
  expect(stderr).not.toMatch(/^\s+at /m)
  expect(listTree(host)).toHaveLength(1)
})

test('status --watch --json is one document a line, until it is interrupted', async () => {
  const child = spawn(process.execPath, [program, 'status', '--watch', '0.5', '--json'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  let text = ''
  const second = new Promise<void>((resolve) => {
    child.stdout.on('data', (part) => {
      text += part
      if (text.split('\n').length > 2) resolve()
    })
  })
  await second
  child.kill('SIGINT')
  expect(await exited).toEqual([0, null])
  const lines = text.trim().split('\n')
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ at: expect.any(String), drives: expect.any(Array) })
})

test('status --json is one document', async () => {
  const { code, stdout } = await pktw('status', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ version: packageJson.version, drives: expect.any(Array) })
})
