// pktw-gen check: with the tools of this machine, and with what tools were seen to say.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Artifact } from '../../src/artifacts/artifact.ts'
import { documents } from '../../src/artifacts/documents.ts'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { type Run, run } from '../../src/system/run.ts'
import { templateLine } from '../../src/verify/finding.ts'
import type { Subject } from '../../src/verify/room.ts'
import { verify, verifyOverridden } from '../../src/verify/verify.ts'
import { needTools } from '../tools.ts'

const templates = loadTemplates()
const made = (yaml = '', change: (artifact: Artifact) => Artifact = (a) => a): Subject => {
  const settings = parseSettings(yaml, 'x').value!
  const layout = layouts.debian
  const artifacts = generate(settings, layout, templates).value!.map(change)
  return { layout, templates, artifacts, overridden: new Set(), placeOf: () => undefined }
}
const edit = (kind: string, from: string | RegExp, to: string) => (a: Artifact) =>
  a.kind === kind ? { ...a, text: a.text.replace(from, to) } : a

/** The machine, but for programs that answer from a table. */
const pretend =
  (answers: Record<string, { code: number; stdout?: string; stderr?: string }>): Run =>
  async (program, argv, options) => {
    const answer = answers[program]
    if (answer === undefined) return run(program, argv, options)
    return { stdout: '', stderr: '', ...answer }
  }
const missing = { code: 127, stderr: 'not found' }
const tools = [
  'udevadm',
  'systemd-analyze',
  'findmnt',
  'xmllint',
  'dbus-daemon',
  'appstreamcli',
  'systemd-tmpfiles',
  'systemd-sysusers',
  'desktop-file-validate',
  'bash',
  'zsh',
  'fish',
  'groff',
]
const allAnswer = (answer: { code: number; stderr?: string }) =>
  Object.fromEntries(tools.map((tool) => [tool, answer]))
/** dbus-daemon is content when it complains of what is not there. */
const quiet: Record<string, { code: number; stderr?: string }> = {
  ...allAnswer({ code: 0 }),
  'dbus-daemon': {
    code: 1,
    stderr: 'dbus[1]: Failed to start message bus: Failed to open "/x/./not-there.conf": …',
  },
}
const there = () => true
const real = { run, exists: existsSync }

describe('the tools of this machine', () => {
  test.each([
    ['the defaults', ''],
    ['fstab and an odd path', 'mount: { style: fstab, where: "/srv/my 100% disc-box" }'],
    ['an automount', 'mount: { automount: 60 }'],
    ['an automount with an odd path', 'mount: { where: "/srv/my 100% disc-box", automount: 0 }'],
    ['an automount before fstab', 'mount: { style: fstab, where: "/srv/my 100% disc-box", automount: 60 }'],
    ['a mount unit with an odd path', 'mount: { where: "/srv/my 100% disc-box" }'],
  ])('find nothing in %s', async (_name, yaml) => {
    const all = made(yaml)
    // What people read is the same for all settings.
    const kinds = new Set(yaml === '' ? [] : documents.map((row) => row.kind))
    const found = await verify({ ...all, artifacts: all.artifacts.filter((a) => !kinds.has(a.kind)) }, real)
    for (const { message } of found) console.info(message)
    // Where CI is set every tool must be there; an old udevadm is the distribution's choice.
    if (process.env.CI)
      expect(found.map((d) => d.message).filter((m) => m.includes('not installed'))).toEqual([])
    expect(found.filter((d) => d.code !== 'gen.check-skipped')).toEqual([])
  })

  const findings = async (broken: Subject, code: string) =>
    (await verify(broken, real)).filter((d) => d.code === code)

  test('systemd-analyze: an unknown key, at the template', async (context) => {
    needTools(context, 'systemd-analyze')
    const broken = made('', edit('engine-unit', /^KillMode=/m, 'KilMode='))
    expect(await findings(broken, 'gen.check-unit')).toMatchObject([
      {
        message: expect.stringContaining('Unknown key'),
        path: ['device'],
        at: {
          file: expect.stringMatching(/templates\/systemd\/pktw@\.service\.hbs$/),
          text: 'KilMode=mixed',
        },
      },
    ])
  })
  test('findmnt: a line that is not one', async (context) => {
    needTools(context, 'findmnt')
    const broken = made('mount: { style: fstab }', edit('fstab-line', / udf[\s\S]*/, '\n'))
    // findmnt of util-linux 2.41 dies of SIGSEGV after the first.
    expect((await findings(broken, 'gen.check-fstab'))[0]).toMatchObject({
      message: expect.stringContaining('parse error at line 1'),
      path: ['mount'],
    })
  })
  test('xmllint: an element that the DTD does not know', async (context) => {
    needTools(context, 'xmllint', '/usr/share/polkit-1/policyconfig-1.dtd')
    const broken = made('', edit('polkit-policy', '<vendor>pktw</vendor>', '<seller>pktw</seller>'))
    expect((await findings(broken, 'gen.check-polkit'))[0]).toMatchObject({
      message: expect.stringContaining('seller'),
      path: ['mount', 'owner'],
    })
  })
})

test('a unit that systemd-analyze cannot be asked about is told, and the others are checked', async () => {
  const asked: string[] = []
  const spy: Run = async (program, argv) => {
    if (program === 'systemd-analyze') asked.push(...argv)
    return { stdout: '', stderr: '', ...quiet[program]! }
  }
  const found = await verify(made('mount: { where: "/a:b" }'), { run: spy, exists: there })
  expect(found.map((d) => d.message)).toEqual(
    ['a:b.mount', 'a:b1.mount'].map((name) => expect.stringContaining(`${name} not checked: `)),
  )
  expect(asked).toContain('pktw@sr0.service')
  expect(asked.join(' ')).not.toContain('a:b')
})

describe('what udevadm says', () => {
  test('a finding, at the line of the template, with the place of the setting', async () => {
    const all: Subject = { ...made(), placeOf: () => ({ file: 'my.yaml', line: 3, column: 2 }) }
    const rules = all.artifacts.find((a) => a.kind === 'udev-rules')!
    const line = rules.text.split('\n').findIndex((l) => l.startsWith('GROUP=')) + 1
    const stderr = `/tmp/x/61-pktw.rules:${line} Unknown group 'cdrom', ignoring.\n/tmp/x/61-pktw.rules: udev rules check failed.\n`
    const found = await verify(all, {
      run: pretend({ ...quiet, udevadm: { code: 1, stderr } }),
      exists: there,
    })
    expect(found.map((d) => d.code)).toEqual(['gen.check-udev', 'gen.check-udev'])
    expect(found[0]?.remedy).toBe('Mend the template, or the setting media (my.yaml:3:2).')
    expect(found[0]).toMatchObject({
      message: expect.stringContaining("Unknown group 'cdrom'"),
      at: { text: rules.text.split('\n')[line - 1] },
    })
  })
})

describe('what findmnt says', () => {
  const complaint = (line: number) => `findmnt: /x/fstab.pktw: parse error at line ${line} -- ignored`
  test.each([
    [
      'of both lines',
      { code: 1, stderr: `${complaint(1)}\n${complaint(2)}`, stdout: '2 parse errors, 0 errors' },
      [1, 2],
    ],
    ['of the first, and dies (2.41, SIGSEGV)', { code: 139, stderr: complaint(1) }, [1]],
    ['of the second only', { code: 1, stderr: complaint(2), stdout: '1 parse error, 0 errors' }, [2]],
  ])('%s', async (_, findmnt, lines) => {
    const run = pretend({ ...quiet, findmnt })
    const found = await verify(made('mount: { style: fstab }'), { run, exists: there })
    expect(found).toMatchObject(
      lines.map((line) => ({
        code: 'gen.check-fstab',
        message: expect.stringContaining(`parse error at line ${line}`),
      })),
    )
  })
})

describe('a tool that is not there is told by name', () => {
  test('none of them', async () => {
    const found = await verify(made('mount: { style: fstab }'), {
      run: pretend(allAnswer(missing)),
      exists: there,
    })
    expect(found.map((d) => `${d.severity} ${d.code} ${d.message}`)).toEqual(
      [
        'udev-rules not checked: udevadm is not installed',
        'units not checked: systemd-analyze is not installed',
        'fstab-line not checked: findmnt is not installed',
        'polkit-policy not checked: xmllint is not installed',
        'bus-policy not checked: dbus-daemon is not installed',
        'bus-interfaces not checked: xmllint is not installed',
        'metainfo not checked: xmllint is not installed',
        'metainfo not checked: appstreamcli is not installed',
        'tmpfiles not checked: systemd-tmpfiles is not installed',
        'sysusers not checked: systemd-sysusers is not installed',
        'session-autostart not checked: desktop-file-validate is not installed',
        'completion-bash not checked: bash is not installed',
        'completion-zsh not checked: zsh is not installed',
        'completion-fish not checked: fish is not installed',
        'man-programs not checked: groff is not installed',
        'man-settings not checked: groff is not installed',
        'man-overview not checked: groff is not installed',
      ].map((text) => `info gen.check-skipped ${text}`),
    )
  })
  test('tools of before, no DTD', async () => {
    const unknown = (tool: string) => ({ code: 1, stderr: `${tool}: unrecognized option '--dry-run'` })
    const answers = {
      ...quiet,
      udevadm: { code: 1, stderr: 'Unknown command verb verify.' },
      'systemd-tmpfiles': unknown('systemd-tmpfiles'),
      'systemd-sysusers': unknown('systemd-sysusers'),
    }
    const found = await verify(made(), { run: pretend(answers), exists: () => false })
    expect(found.map((d) => d.message)).toEqual([
      'udev-rules not checked: this udevadm has no verb verify, which came with systemd 254',
      'polkit-policy not checked: /usr/share/polkit-1/policyconfig-1.dtd is not installed',
      'tmpfiles not checked: this systemd-tmpfiles has no --dry-run, which came with systemd 256',
      'sysusers not checked: this systemd-sysusers has no --dry-run, which came with systemd 250',
    ])
  })
  test('a tool that fails without a word is no silence', async () => {
    const found = await verify(made('mount: { style: fstab }'), {
      run: pretend(allAnswer({ code: 1 })),
      exists: there,
    })
    expect(found.slice(0, 5).map((d) => d.code)).toEqual([
      'gen.check-udev',
      'gen.check-unit',
      'gen.check-fstab',
      'gen.check-polkit',
      'gen.check-file',
    ])
    for (const { message } of found) expect(message).toContain('exit code 1')
    for (const tool of tools.filter((name) => name !== 'appstreamcli'))
      expect(found.map(({ message }) => message).join('\n')).toContain(tool)
  })
})

/** One by one as somebody could spoil them: artifact, what is put in whose place, what is said, in which line of the file. */
describe('what somebody else’s template may come out as', () => {
  test.for<[kind: string, from: string | RegExp, to: string, says: string, tool?: string]>([
    ['bus-policy', '<allow own=', '<permit own=', 'dbus-daemon: Element <permit> not allowed', 'dbus-daemon'],
    ['bus-policy', '</busconfig>', '', 'dbus-daemon: no element found', 'dbus-daemon'],
    ['bus-interfaces', '</node>', '', 'xmllint: parser error', 'xmllint'],
    ['bus-activation', '[D-BUS Service]', '[DBUS Service]', 'there is no group [D-BUS Service]'],
    ['bus-activation', /^Exec=.*$/m, '', 'there is no Exec in [D-BUS Service]'],
    ['bus-activation', 'User=root', 'User root', 'D-Bus Specification: not [GROUP] or KEY=VALUE'],
    ['metainfo', '<name>', '<name', 'xmllint: parser error', 'xmllint'],
    ['metainfo', /<name>.*<\/name>/, '', 'appstreamcli validate: component-name-missing', 'appstreamcli'],
    ['sysusers', /^g /m, 'x ', "systemd-sysusers: Unknown command type 'x'", 'systemd-sysusers'],
    [
      'session-autostart',
      'NoDisplay=true',
      'NoDisplay=yes',
      'desktop-file-validate: ',
      'desktop-file-validate',
    ],
    ['completion-bash', /^}/m, '', 'bash: ', 'bash'],
    ['completion-zsh', /^}/m, '', 'zsh: parse error', 'zsh'],
    ['completion-fish', /^/, 'if true\n', 'fish: ', 'fish'],
    ['man-overview', '.SH', '.HS', "groff: warning: macro 'HS' not defined", 'groff'],
    ['modprobe', /^blacklist/m, 'blocklist', 'modprobe.d(5): this is no command of modprobe'],
    ['modules-load', /^udf$/m, 'udf nbd', 'modules-load.d(5): this is no name of a module'],
    ['compiled-settings', '{', '{,', 'JSON: Expected property name'],
    ['compiled-settings', '"mounts"', '"points"', 'JSON: the hooks find no mounts in it'],
    ['compiled-settings', '"seat"', '{ "uid": 1000 }', 'JSON: the hooks find no owner in it'],
    ['polkit-policy', '>auth_admin<', '>perhaps<', 'polkit(8): this is no answer that polkit knows'],
    ['bus-activation', 'Name=org', 'Name=com', 'Name is not org.pktw.Pktw1'],
    ['bus-activation', /^/, '; no comment\n', 'not [GROUP] or KEY=VALUE'],
    ['modprobe', /^/, '; no comment\n', 'this is no command of modprobe'],
    ['session-autostart', /^Exec=.*$/m, '', 'there is no Exec in [Desktop Entry]'],
    ['session-autostart', /^Exec=.*$/m, 'Exec=a %z', 'desktop-file-validate: ', 'desktop-file-validate'],
    ['sleep-drop-in', '[Unit]', '[Unit]\nBla=1', 'systemd-analyze verify: ', 'systemd-analyze'],
    ['polkit-rules', 'function (', 'async function (', 'ECMAScript 5: Unexpected token'],
    ['polkit-rules', /function \((.*?)\) \{/, '($1) => {', 'ECMAScript 5: Assigning to rvalue'],
  ])('%s: %s → %s', async ([kind, from, to, says, tool], context) => {
    needTools(context, ...(tool === undefined ? [] : [tool]))
    const broken = made('access: { admins: wheel }', edit(kind, from, to))
    const artifact = broken.artifacts.find((a) => a.kind === kind)!
    const sound = made('access: { admins: wheel }').artifacts.find((a) => a.kind === kind)!
    expect(artifact.text).not.toBe(sound.text)
    const found = await verifyOverridden({ ...broken, overridden: new Set([artifact.template]) }, real)
    // Of a kind that several tools read, one that is missing here is reported besides.
    const first = found.find(({ severity }) => severity === 'error')
    expect(first?.at?.file).toBe(artifact.template)
    expect(first?.message).toContain(says)
    expect(new Set(found.map(({ at }) => at?.file))).toEqual(new Set([artifact.template]))
  })
})

test.each([
  ['daemon-unit', /^ExecStart=/m, 'ExecStartPre=/usr/bin/logger hello\nExecStart='],
  ['daemon-unit', /^ExecStart=/m, 'ExecStartPre=/usr/bin/no-such-program\nExecStart='],
  ['daemon-unit', '[Unit]', '[Unit]\nRequires=avahi-daemon.service\nAfter=network-online.target'],
  ['engine-unit', '[Unit]', '[Unit]\nRequires=avahi-daemon.service'],
  ['man-overview', '.SH', `.PP\nhttps://x.invalid/${'x'.repeat(200)}\n.SH`],
  ['modprobe', /$/, 'options sr_mod a=1 \\\n  b=2\n'],
  ['tmpfiles', /$/, '; a comment\n'],
])('%s that is good, and names what is not there: %s → %s', async (kind, from, to) => {
  const good = made('', edit(kind, from, to))
  const artifact = good.artifacts.find((a) => a.kind === kind)!
  const found = await verifyOverridden({ ...good, overridden: new Set([artifact.template]) }, real)
  expect(found.filter((d) => d.severity === 'error')).toEqual([])
})

test('of templates that are ours nothing is asked; what nothing can look at is a warning', async () => {
  const asked: string[] = []
  const spy: Run = async (program) => {
    asked.push(program)
    return { code: 127, stdout: '', stderr: '' }
  }
  const subject = made()
  expect(await verifyOverridden(subject, { run: spy, exists: there })).toEqual([])
  expect(asked).toEqual([])
  const rules = subject.artifacts.find((a) => a.kind === 'udev-rules')!
  const found = await verifyOverridden(
    { ...subject, overridden: new Set([rules.template]) },
    { run: spy, exists: there },
  )
  expect(asked).toEqual(['udevadm'])
  expect(found).toMatchObject([
    { severity: 'warning', code: 'gen.check-missing', at: { file: rules.template, line: 1 } },
  ])
})

test('the checkers get the files in their places, and leave nothing behind', async () => {
  let root = ''
  const spy: Run = async (program, argv) => {
    if (program === 'udevadm') {
      const file = argv.at(-1) as string
      expect(existsSync(file)).toBe(true)
      root = path.resolve(file, '../../../../..')
      expect(existsSync(path.join(root, 'usr/bin/node'))).toBe(true)
    }
    return { stdout: '', stderr: '', ...quiet[program]! }
  }
  expect(await verify(made(), { run: spy, exists: there })).toEqual([])
  expect(existsSync(root)).toBe(false)
})

describe('from a line of the text to the line of the template', () => {
  const template = 'a\n{{#each l}}\nx={{unit this}}, y\n{{/each}}\nx=1, y\n'
  const text = 'a\nx=7, y\nx=1, y\n'
  test.each([
    [1, 1],
    [2, 3],
    [3, 5],
    [9, undefined],
  ])('%i → %s', (line, wanted) => expect(templateLine(template, text, line)).toBe(wanted))
})
