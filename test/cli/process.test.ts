// The bundled program as a process: what it prints where, and its exit code.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { run } from '../../src/system/run.ts'
import { notInPage } from '../artifacts/man-text.ts'
import { listTree, temporaryRoot } from '../steps/tree.ts'

const program = path.join(inject('programs'), 'pktw.mjs')
const pktw = (...argv: string[]) => run(process.execPath, [program, ...argv])

const image = (files: Record<string, string> = {}): string =>
  temporaryRoot({
    '/etc/fstab': 'UUID=1 / ext4 defaults 0 1\n',
    ...Object.fromEntries(
      ['node', 'nbd-client', 'systemctl', 'systemd-tmpfiles', 'udevadm', 'modprobe'].map((p) => [
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

test('a link out of the image is refused without a stack', async () => {
  const host = temporaryRoot()
  const root = image()
  mkdirSync(path.join(root, 'usr/lib'))
  symlinkSync(`../../../../..${host}`, path.join(root, 'usr/lib/pktw'))
  const { code, stderr } = await pktw('install', '--root', root)
  expect(code).toBe(2)
  expect(stderr).toMatch(/leads out of .*\[cli\.failed\]/)
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
