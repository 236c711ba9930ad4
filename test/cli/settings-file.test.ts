import { expect, test } from 'vitest'
import { readSettingsText, withMountOptions } from '../../src/cli/settings-file.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { exampleSettings } from '../../src/settings/example-settings.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { machine } from './machine.ts'

test('the example says nothing but the defaults, commented out or not', () => {
  expect(parseSettings(exampleSettings, 'example')).toEqual({ value: defaults, diagnostics: [] })
  const withoutMark = (mark: RegExp): string =>
    exampleSettings
      .split('\n')
      .filter((line) => mark.test(line))
      .map((line) => line.replace(mark, ''))
      .join('\n')
  const settings = withoutMark(/^# /)
  expect(settings).toContain('slots: 2')
  expect(parseSettings(settings, 'example')).toEqual({ value: defaults, diagnostics: [] })
  const drives = withoutMark(/^## {3}(?=drives:| )/)
  expect(parseSettings(drives.slice(drives.indexOf('drives:')), 'example').value?.drives).toEqual([
    { match: { vendor: 'HL-DT-ST', model: 'DVDRAM*' }, ignore: true, media: {} },
  ])
})

test.each([
  ['only comments', '# mine\n'],
  ['nothing', ''],
  ['a beginning alone', '--- # mine\n'],
  ['no final newline', '# mine'],
  ['another section', 'device:\n  group: disk # mine\n'],
  ['a section without content', 'mount:\n'],
  ['a mode with a zero in front', 'device: { mode: 0640 }\n'],
  ['the same section', 'mount: # mine\n  slots: 3 # three\n  style: udisks\n'],
])('options of the command line are written into a file with %s', (_, text) => {
  const written = withMountOptions(text, { style: 'fstab', where: '/mnt/my disc' })
  const { value, diagnostics } = parseSettings(written, 'x')
  expect(diagnostics.filter((d) => d.severity === 'error')).toEqual([])
  expect(value?.mount).toMatchObject({ style: 'fstab', where: '/mnt/my disc' })
  for (const comment of text.match(/# .*/g) ?? []) expect(written).toContain(comment)
  expect(withMountOptions(written, { style: 'fstab', where: '/mnt/my disc' })).toBe(written)
})

test('without options, and where it is no settings file, the text stays as it is', () => {
  for (const text of ['a: [', '- x\n', 'mount: 3\n', exampleSettings])
    expect(withMountOptions(text, text === exampleSettings ? {} : { style: 'fstab' })).toBe(text)
})

const graphical = { '/etc/systemd/system/display-manager.service': '', '/usr/bin/udisksctl': '' }
const nothing = { config: undefined, mount: undefined, where: undefined }
test.each<
  [string, Record<string, string>, Partial<typeof nothing> | { mount: string } | { where: string }, string]
>([
  ['a desktop', graphical, {}, 'udisks'],
  ['no graphical login', { '/usr/bin/udisksctl': '' }, {}, 'systemd'],
  ['no udisks', { '/etc/systemd/system/display-manager.service': '' }, {}, 'systemd'],
  [
    'a desktop where settings are there already',
    { ...graphical, '/etc/pktw/pktw.yaml': '# mine\n' },
    {},
    'systemd',
  ],
  ['a desktop, and --mount', graphical, { mount: 'fstab' }, 'fstab'],
  ['a desktop, and --where', graphical, { where: '/srv/disc' }, 'systemd'],
])('who mounts at the first installation: %s', async (_name, files, options, style) => {
  const read = await readSettingsText(machine({ '/etc/hostname': 'x', ...files }), { ...nothing, ...options })
  const { value } = parseSettings(read.value?.text ?? '', 'x')
  expect(value?.mount.style).toBe(style)
})
