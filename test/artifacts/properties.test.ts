// For any settings that validate: every artifact is accepted by what reads it, and reads back as the same values.
// The programs of this machine are asked once for a batch, the readers of test/render/grammars.ts for each.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Artifact } from '../../src/artifacts/artifact.ts'
import { documents } from '../../src/artifacts/documents.ts'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { mountsOf } from '../../src/artifacts/slots.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { mountComplaints } from '../../src/settings/checks.ts'
import type { CompiledSettings } from '../../src/settings/compiled.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { settingsText, spelledOut } from '../../src/settings/edit.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { run } from '../../src/system/run.ts'
import { checkByGrammar } from '../../src/verify/grammars.ts'
import { verify } from '../../src/verify/verify.ts'
import {
  readFstabLine,
  readTmpfilesLine,
  readUdevLine,
  readUnitValue,
  substituteUdev,
} from '../render/grammars.ts'
import { arbitrarySettings } from '../settings/arbitrary.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { needTools } from '../tools.ts'

const templates = loadTemplates()
const make = (settings: Settings) => generate(settings, layouts.debian, templates)
const of = (artifacts: readonly Artifact[], kind: string) => artifacts.filter((a) => a.kind === kind)

/** Runs the property over settings of which files can be made; refusals must be told at a setting. */
function forSettings(check: (settings: Settings, artifacts: Artifact[]) => void, numRuns = 150): void {
  let made = 0
  fc.assert(
    fc.property(arbitrarySettings, (settings) => {
      const { value, diagnostics } = make(settings)
      if (value === undefined) {
        for (const { code, path: at } of diagnostics) {
          expect(code).toBe('gen.value-refused')
          expect(at).toBeDefined()
        }
        return
      }
      made++
      check(settings, value)
    }),
    { numRuns },
  )
  expect(made).toBeGreaterThan(numRuns / 2)
}

test('settings as text and back', () => {
  forSettings((settings) => {
    expect(parseSettings(settingsText(settings), 'x').value).toEqual(settings)
  })
})

test('the grammars that pktw-gen check has itself take all that can be set', () => {
  forSettings((_, among) => {
    expect(checkByGrammar({ among, templates, placeOf: () => undefined })).toEqual([])
  }, 500)
})

describe('what is read back', () => {
  test('mount units: one assignment a line, and the values of the settings', () => {
    forSettings((settings, artifacts) => {
      const units = of(artifacts, 'mount-unit')
      expect(units).toHaveLength(settings.mount.style === 'systemd' ? settings.mount.slots : 0)
      const slots = mountsOf(settings)
      for (const [i, { text }] of units.entries()) {
        const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
        for (const line of lines) expect(line).toMatch(/^(\[\w+\]|[A-Z]\w+=[^\n]*)$/u)
        const value = (key: string) =>
          readUnitValue(
            lines
              .filter((line) => line.startsWith(`${key}=`))
              .map((line) => line.slice(key.length + 1))
              .join('\n'),
          )
        expect(value('Where')).toBe(slots[i]!.where)
        expect(value('What')).toBe(`/dev/pktcdvd/pktcdvd${i}`)
        expect(value('Options').split(',')).toEqual([...new Set([...settings.mount.options, 'nofail'])])
      }
    })
  })

  test('automount units: beside what mounts, for each slot or none', () => {
    forSettings((settings, artifacts) => {
      const { automount } = settings.mount
      const slots = automount === false ? [] : mountsOf(settings)
      const units = of(artifacts, 'automount-unit')
      expect(units.map(({ path: p }) => path.basename(p))).toEqual(slots.map((slot) => slot.automount))
      for (const [i, { text }] of units.entries()) {
        const value = (key: string) =>
          readUnitValue(
            text
              .split('\n')
              .find((line) => line.startsWith(`${key}=`))!
              .slice(key.length + 1),
          )
        expect(value('Where')).toBe(slots[i]!.where)
        expect(value('ConditionPathIsMountPoint')).toBe(`!${slots[i]!.where}`)
        expect(value('TimeoutIdleSec')).toBe(String(automount))
      }
      for (const { path: p } of artifacts)
        expect(Buffer.byteLength(path.basename(p))).toBeLessThanOrEqual(230)
    })
  })

  test('fstab: six fields, and the values of the settings', () => {
    forSettings((settings, artifacts) => {
      const slots = mountsOf(settings)
      for (const [i, { text }] of of(artifacts, 'fstab-line').entries()) {
        const fields = readFstabLine(text.replace(/\n$/, ''))
        expect(fields).toHaveLength(6)
        expect(fields.slice(0, 3)).toEqual([`/dev/pktcdvd/pktcdvd${i}`, slots[i]!.where, 'udf'])
        for (const option of settings.mount.options) expect(fields[3]!.split(',')).toContain(option)
      }
    })
  })

  test('tmpfiles.d: directories of the settings, owners left open', () => {
    forSettings((settings, artifacts) => {
      const lines = of(artifacts, 'tmpfiles')[0]!
        .text.split('\n')
        .filter((line) => line.startsWith('d '))
      const words = lines.map(readTmpfilesLine)
      for (const line of words) expect(line).toHaveLength(6)
      expect(words.map((line) => line[1]).filter((p) => !/^\/run\/pktw(\/|$)/.test(p!))).toEqual(
        mountsOf(settings).map(({ where }) => where),
      )
    })
  })

  test('udev: tokens only, the same ones for any value, and no substitution of ours undone', () => {
    forSettings((settings, artifacts) => {
      const lines = of(artifacts, 'udev-rules')[0]!
        .text.split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
      const tokens = lines.map(readUdevLine)
      for (const line of tokens)
        for (const { key } of line)
          expect(key).toMatch(
            /^(ACTION|SUBSYSTEM|KERNEL|ENV\{\w+\}|TEST|ATTR\{ro\}|PROGRAM|IMPORT\{(db|file|program)\}|GROUP|MODE|TAG|SYMLINK|RUN\{program\}|GOTO|LABEL)$/,
          )
      const labels = tokens.flatMap((line) =>
        line.filter(({ key }) => key === 'LABEL').map(({ value }) => value),
      )
      expect(new Set(labels).size).toBe(labels.length)
      for (const { key, value } of tokens.flat()) if (key === 'GOTO') expect(labels).toContain(value)
      const packet = tokens.find((line) => line.some(({ key, value }) => key === 'TAG' && value === 'seat'))!
      const value = (key: string) => substituteUdev(packet.find((token) => token.key === key)!.value)
      expect(value('GROUP')).toBe(settings.device.group)
      expect(Number.parseInt(value('MODE'), 8)).toBe(settings.device.mode)
    })
  })

  test('the settings of the hooks', () => {
    forSettings((settings, artifacts) => {
      const compiled = JSON.parse(of(artifacts, 'compiled-settings')[0]!.text) as CompiledSettings
      expect(compiled.write).toEqual(settings.write)
      expect(compiled.owner).toEqual(settings.mount.owner)
      expect(compiled.group).toBe(settings.device.group)
      expect(compiled.mounts.map(({ where }) => where)).toEqual(mountsOf(settings).map(({ where }) => where))
    })
  })

  test('polkit rules, run: yes for the group of the settings, for no other', () => {
    type Rule = (action: { id: string }, subject: { isInGroup(group: string): boolean }) => string | undefined
    forSettings((settings, artifacts) => {
      const rules: Rule[] = []
      const polkit = { addRule: (rule: Rule) => rules.push(rule), Result: { YES: 'yes', NOT_HANDLED: 'no' } }
      const { admins } = settings.access
      const made = of(artifacts, 'polkit-rules')
      expect(made).toHaveLength(admins === '' ? 0 : 1)
      for (const { text } of made) runInNewContext(text, { polkit })
      const ask = (group: string) =>
        rules[0]?.({ id: 'org.pktw.eject' }, { isInGroup: (name) => name === group })
      expect(ask(admins)).toBe(admins === '' ? undefined : 'yes')
      expect(ask(`${admins}x`)).not.toBe('yes')
    })
  })
})

describe('too long for what reads it: refused, with the place', () => {
  const long = { minLength: 1, maxLength: 3000, size: 'max' } as const
  test.each<[string, fc.Arbitrary<[key: string, value: unknown]>]>([
    [
      'a name of more than 255 bytes in the mount point',
      fc
        .string({ ...long, minLength: 255 })
        .map((name) => ['mount.where', `/srv/${name.replace(/\//g, '')}${'ä'.repeat(128)}`]),
    ],
    [
      'a mount point of more than 4096 bytes',
      fc.integer({ min: 21, max: 200 }).map((names) => ['mount.where', `/${'x'.repeat(200)}`.repeat(names)]),
    ],
    [
      'a unit name of more than 230',
      fc.integer({ min: 60, max: 250 }).map((size) => ['mount.where', `/${'-'.repeat(size)}`]),
    ],
    [
      'an option',
      fc.integer({ min: 256, max: 5000 }).map((size) => ['mount.options', ['noatime', 'x'.repeat(size)]]),
    ],
    [
      'all options',
      fc
        .integer({ min: 17, max: 40 })
        .map((count) => [
          'mount.options',
          ['noatime', ...Array.from({ length: count }, (_, i) => `${i}`.padEnd(250, 'x'))],
        ]),
    ],
    ['a group', fc.integer({ min: 32, max: 5000 }).map((size) => ['device.group', 'g'.repeat(size)])],
    [
      'what a drive is matched by',
      fc
        .integer({ min: 1025, max: 5000 })
        .map((size) => ['drives', [{ match: { serial: 'x'.repeat(size) }, ignore: true }]]),
    ],
  ])('%s', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, ([key, value]) => {
        const [section = '', name] = key.split('.')
        const all = spelledOut(defaults)
        const part = name === undefined ? value : { ...(all[section] as object), [name]: value }
        const { value: accepted, diagnostics } = parseSettings(
          stringify({ ...all, [section]: part }),
          'my.yaml',
        )
        expect(accepted).toBeUndefined()
        for (const { severity, at } of diagnostics) {
          expect(severity).toBe('error')
          expect(at).toMatchObject({ file: 'my.yaml', line: expect.any(Number), column: expect.any(Number) })
          expect(at!.line).toBeGreaterThan(1)
        }
      }),
      { numRuns: 25 },
    )
  })
})

describe('accepted by the programs that read them', () => {
  /** Settings that can be made, the same in every run of a seed. */
  const sample = (style: Settings['mount']['style'], count: number): Settings[] =>
    fc
      .sample(arbitrarySettings, count * 4)
      .map((settings) => ({ ...settings, mount: { ...settings.mount, style } }))
      .filter(({ mount }) => mountComplaints(mount).length === 0)
      .filter((settings) => make(settings).value !== undefined)
      .slice(0, count)

  test('all that pktw-gen check asks', async (context) => {
    needTools(context, 'systemd-analyze', 'findmnt')
    for (const settings of [...sample('systemd', 10), ...sample('fstab', 6)]) {
      const layout = layouts.debian
      const artifacts = make(settings).value!
      // No setting changes what people read: another test has it looked at once.
      const kinds = new Set(documents.map((row) => row.kind))
      const changing = artifacts.filter(({ kind }) => !kinds.has(kind))
      const subject = { templates, layout, artifacts: changing, overridden: new Set<string>() }
      const found = await verify({ ...subject, placeOf: () => undefined }, { run, exists: () => true })
      expect(
        found
          .filter((d) => d.code !== 'gen.check-skipped')
          .map((d) => `${d.message}\n${settingsText(settings)}`),
      ).toEqual([])
    }
  })

  test('libmount reads the mount points of fstab as they were set', async (context) => {
    needTools(context, 'findmnt')
    const all = sample('fstab', 25)
    const lines = all.flatMap((settings) => of(make(settings).value!, 'fstab-line').map(({ text }) => text))
    const file = path.join(temporaryRoot({ '/fstab': lines.join('') }), 'fstab')
    const { stdout } = await run('findmnt', [
      '--tab-file',
      file,
      '--json',
      '--list',
      '--output',
      'TARGET,OPTIONS',
      '--evaluate',
    ])
    const read = (JSON.parse(stdout) as { filesystems: { target: string; options: string }[] }).filesystems
    expect(read.map(({ target }) => target)).toEqual(
      all.flatMap((settings) => mountsOf(settings).map(({ where }) => where)),
    )
  })

  test('systemd-tmpfiles and systemd-sysusers', async (context) => {
    needTools(context, 'systemd-tmpfiles', 'systemd-sysusers')
    for (const settings of sample('systemd', 6)) {
      const root = temporaryRoot({ '/etc/passwd': 'root:x:0:0::/:/bin/sh\n', '/etc/group': 'root:x:0:\n' })
      const artifacts = make(settings).value!
      for (const kind of ['tmpfiles', 'sysusers']) {
        const [artifact] = of(artifacts, kind)
        mkdirSync(path.dirname(path.join(root, artifact!.path)), { recursive: true })
        writeFileSync(path.join(root, artifact!.path), artifact!.text)
      }
      const users = await run('systemd-sysusers', [`--root=${root}`, 'pktw.conf'])
      expect([users.code, users.stderr.replace(/^Creating .*$/gm, '').trim()]).toEqual([0, ''])
      const files = await run('systemd-tmpfiles', [`--root=${root}`, '--create', 'pktw.conf'])
      expect([files.code, files.stderr]).toEqual([0, ''])
      for (const { where } of mountsOf(settings))
        expect((await run('test', ['-d', `${root}${where}`])).code, where).toBe(0)
      expect(
        (await run('grep', ['-c', `^${settings.device.group}:`, path.join(root, 'etc/group')])).stdout,
      ).toBe('1')
    }
  })
})
