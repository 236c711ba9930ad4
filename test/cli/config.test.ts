// pktw config, as a process.
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { run } from '../../src/system/run.ts'
import { notInPage } from '../artifacts/man-text.ts'
import { temporaryRoot } from '../steps/tree.ts'

const program = path.join(inject('programs'), 'pktw.mjs')
const text = 'mount:\n  where: /srv/disc # here\n'
const room = (settings = text): string => temporaryRoot({ '/pktw.yaml': settings })
const config = (directory: string, verb: string, argv: string[] = [], env: Record<string, string> = {}) =>
  run(process.execPath, [program, 'config', verb, '--config', path.join(directory, 'pktw.yaml'), ...argv], {
    env: { TMPDIR: directory, ...env },
  })
/** An editor that runs this script, with the file as $1. */
const editor = (directory: string, script: string): Record<string, string> => {
  const file = path.join(directory, 'editor')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return { EDITOR: `${file} --wait`, VISUAL: '' }
}

test('get, set, show, check', async () => {
  const at = room()
  const file = path.join(at, 'pktw.yaml')
  chmodSync(file, 0o640)
  expect(await config(at, 'get', ['mount.where'])).toMatchObject({ code: 0, stdout: '/srv/disc', stderr: '' })
  expect(JSON.parse((await config(at, 'get', ['mount.options', '--json'])).stdout)).toContain('noatime')
  const done = await config(at, 'set', ['mount.slots', '3'])
  expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('mount.slots is 3. It holds from') })
  expect(readFileSync(file, 'utf8')).toBe('mount:\n  where: /srv/disc # here\n  slots: 3\n')
  expect(statSync(file).mode & 0o777).toBe(0o640)
  expect((await config(at, 'set', ['mount.slots', '3'])).stdout).toContain('says so already')
  expect((await config(at, 'show')).stdout).toContain('slots: 3')
  expect(await config(at, 'check')).toMatchObject({ code: 0, stdout: `${file}: good` })
  expect(readdirSync(at)).toEqual(['pktw.yaml'])
})

test('what is not UTF-8 is refused, with its line, and stays', async () => {
  const bytes = Buffer.from('# disc\n# B\xfcro\nmount:\n  slots: 3\n', 'latin1')
  const at = room()
  writeFileSync(path.join(at, 'pktw.yaml'), bytes)
  for (const [verb, argv] of [
    ['check', []],
    ['set', ['mount.slots', '4']],
  ] as const) {
    const { code, stderr } = await config(at, verb, [...argv])
    expect([code, stderr]).toEqual([2, expect.stringContaining('line 2 is not UTF-8')])
  }
  expect(readFileSync(path.join(at, 'pktw.yaml')).equals(bytes)).toBe(true)
})

test('a mistake in a file of one’s own: the remedy names that file', async () => {
  const at = room()
  const { stderr } = await config(at, 'edit', [], editor(at, 'echo "mount: [" > "$2"'))
  expect(stderr).toContain(path.join(at, 'pktw.yaml'))
  expect(stderr).not.toContain('/etc/pktw/pktw.yaml')
})

test('a link to the file stays a link', async () => {
  const at = temporaryRoot({ '/real.yaml': text })
  symlinkSync('real.yaml', path.join(at, 'pktw.yaml'))
  expect((await config(at, 'set', ['mount.where', '/x'])).code).toBe(0)
  expect(readFileSync(path.join(at, 'real.yaml'), 'utf8')).toContain('/x # here')
})

describe('what cannot be done changes nothing', () => {
  test.each<[string, string[], string]>([
    ['set', ['mount.where', 'x'], 'settings.bad-where'],
    ['set', ['mount.wher', '/x'], 'settings.unknown-key'],
    ['get', ['mount.wher'], 'cli.no-key'],
  ])('%s %j', async (verb, argv, code) => {
    const at = room()
    const { code: status, stderr, stdout } = await config(at, verb, argv)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`[${code}]`)
    expect(readFileSync(path.join(at, 'pktw.yaml'), 'utf8')).toBe(text)
  })
  test('a file that is not there, a directory in its place', async () => {
    const at = temporaryRoot({ '/pktw.yaml/x': '' })
    expect((await config(at, 'get', ['mount.where'])).stderr).toContain('[cli.settings-unreadable]')
    const gone = await config(path.join(at, 'nowhere'), 'check')
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining('it is not there') })
  })
  test('a place that cannot be written', async () => {
    // Root is stopped by no mode; a file that cannot have a sibling by this name is.
    const at = temporaryRoot()
    const long = `${'x'.repeat(250)}.yaml`
    writeFileSync(path.join(at, long), text)
    const file = path.join(at, long)
    const { code, stderr } = await run(process.execPath, [
      program,
      'config',
      'set',
      '--config',
      file,
      'mount.slots',
      '3',
    ])
    expect([code, stderr]).toEqual([1, expect.stringContaining('[cli.settings-not-written]')])
    expect(readFileSync(file, 'utf8')).toBe(text)
  })
})

describe('edit', () => {
  test('what is good is kept, and the draft is gone', async () => {
    const at = room()
    const env = editor(at, `test "$1" = --wait && sed -i 's|/srv/disc|/srv/other|' "$2"`)
    expect(await config(at, 'edit', [], env)).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(path.join(at, 'pktw.yaml'), 'utf8')).toBe(text.replace('/srv/disc', '/srv/other'))
    expect(readdirSync(at).sort()).toEqual(['editor', 'pktw.yaml'])
  })
  test('nothing changed', async () => {
    const at = room()
    expect(await config(at, 'edit', [], editor(at, 'true'))).toMatchObject({
      code: 0,
      stdout: 'Nothing was changed.',
    })
  })
  test('what is wrong is told, and the draft stays', async () => {
    const at = room()
    const { code, stderr } = await config(at, 'edit', [], editor(at, `echo 'mount: { slots: 99 }' > "$2"`))
    expect(code).toBe(1)
    expect(stderr).toContain('[settings.out-of-range]')
    const draft = /Your text is in (\S+)\. /.exec(stderr)?.[1] as string
    expect(stderr).toContain('[cli.draft-kept]')
    expect(readFileSync(draft, 'utf8')).toBe('mount: { slots: 99 }\n')
    expect(statSync(draft).mode & 0o777).toBe(0o600)
    expect(readFileSync(path.join(at, 'pktw.yaml'), 'utf8')).toBe(text)
  })
  test('an editor that fails, and none at all', async () => {
    const at = room()
    expect((await config(at, 'edit', [], editor(at, 'exit 3'))).stderr).toContain(
      'ended with 3; nothing was changed',
    )
    expect((await config(at, 'edit', [], editor(at, 'exit 3'))).stderr).toContain('[cli.editor-failed]')
    const none = await run(
      process.execPath,
      [program, 'config', 'edit', '--config', path.join(at, 'pktw.yaml')],
      {
        env: { PATH: at, TMPDIR: at, EDITOR: 'no-such-editor' },
      },
    )
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('[cli.no-editor]') })
  })
})

test('--help of each verb is in the manual; schema is JSON', async () => {
  for (const verb of ['show', 'get', 'set', 'check', 'edit', 'schema']) {
    const { stdout } = await run(process.execPath, [program, 'config', verb, '--help'])
    expect(stdout).toContain(`pktw config ${verb}`)
    expect(notInPage(stdout, 'pktw.1')).toEqual([])
  }
  const { stdout } = await run(process.execPath, [program, 'config', 'schema'])
  expect(JSON.parse(stdout).properties.mount.properties.where['x-why']).toBeDefined()
})
