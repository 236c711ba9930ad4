// One key read and changed: what else stands in the file stays as it is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../../src/settings/defaults.ts'
import { getSetting, setSetting, settingsText, shownValue } from '../../src/settings/edit.ts'
import { exampleSettings } from '../../src/settings/example-settings.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { arbitrarySettings } from './arbitrary.ts'

const file = `# mine
mount:   # where it goes
  # the place
  where: /srv/disc   # not /media

  options: [ rw,  noatime ]   # short
device: { group: disk, mode: 0640 }


drives:
  - match: { model: 'X*' }   # the old one
    ignore: true
    media: { cd-rw: none }
`

const set = (key: string, value: string, text = file): string => {
  const outcome = setSetting(text, 'x', key, value)
  expect(outcome.diagnostics).toEqual([])
  return outcome.value!
}

describe('what is changed, and nothing else', () => {
  test.each([
    ['mount.where', '/mnt/a b', '/srv/disc ', '/mnt/a b '],
    ['mount.options', '[rw, noatime, sync]', '[ rw,  noatime ]', '[ rw,  noatime, sync ]'],
    ['mount.options', '[noatime, rw]', '[ rw,  noatime ]', '[ noatime, rw ]'],
    ['mount.options', '[noatime]', '[ rw,  noatime ]', '[ noatime ]'],
    ['device.mode', '0600', '0640', '"0600"'],
    ['drives[0].ignore', 'false', 'ignore: true', 'ignore: false'],
    ['drives[0].match.model', '"Y: #1"', "'X*'", '"Y: #1"'],
  ])('%s %s', (key, value, from, to) => {
    expect(set(key, value)).toBe(file.replace(from, to))
  })
  test('what is not there yet goes to its section, and new sections to the end', () => {
    expect(set('mount.slots', '3')).toContain('# short\n  slots: 3\ndevice:')
    expect(set('write.speed.cd-rw', '4')).toBe(`${file}write:\n  speed:\n    cd-rw: 4\n`)
  })
  test('nothing is an empty text', () => {
    expect(set('access.admins', '', 'access:\n  admins: wheel # w\n')).toBe('access:\n  admins: "" # w\n')
  })
  test('in a section in braces, and in a list', () => {
    expect(set('write.after', '5', 'write: { memory: 3 }\ndevice: { mode: 0640 }\n')).toBe(
      'write: { memory: 3, after: 5 }\ndevice: { mode: 0640 }\n',
    )
    expect(set('drives[1]', '{ match: { serial: Z }, ignore: true }')).toBe(
      `${file}  - match:\n      serial: Z\n    ignore: true\n`,
    )
  })
  test('where there is nothing, or comments alone', () => {
    expect(set('media.dvd+rw', 'direct', '')).toBe('media:\n  dvd+rw: direct\n')
    expect(set('media.dvd+rw', 'direct', '~\n')).toBe('media:\n  dvd+rw: direct\n')
    expect(set('media.dvd+rw', 'direct', '# x\n---\n')).toBe('# x\n---\n\nmedia:\n  dvd+rw: direct\n')
    expect(set('mount.where', '/d', exampleSettings)).toBe(`${exampleSettings}\nmount:\n  where: /d\n`)
    expect(set('mount.where', '/d', 'mount:\nmedia:\n')).toBe('mount:\n  where: /d\nmedia:\n')
    expect(set('drives[0]', '{ match: { serial: Z }, ignore: true }', 'drives:\n')).toMatch(
      /^drives:\n {2}- /,
    )
  })
})

test('a file of another system keeps its line breaks, and the mark in front', () => {
  const theirs = (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}`
  for (const [key, value] of [
    ['mount.where', '/mnt'],
    ['mount.slots', '3'],
    ['write.speed.cd-rw', '4'],
    ['drives', '[]'],
  ] as const)
    expect(set(key, value, theirs(file))).toBe(theirs(set(key, value)))
})

describe('what cannot be set', () => {
  test.each([
    ['mount.wher', '/x', 'settings.unknown-key'],
    ['mount..where', '/x', 'cli.no-key'],
    ['', '/x', 'cli.no-key'],
    ['mount.where', 'x', 'settings.bad-where'],
    ['mount.where', '[', 'settings.syntax'],
    ['mount.slots', 'many', 'settings.wrong-type'],
    ['mount', 'x', 'settings.wrong-type'],
    ['mount.where.x', '1', 'settings.not-text'],
  ])('%s %s', (key, value, code) => {
    const outcome = setSetting(file, 'x', key, value)
    expect(outcome.value).toBeUndefined()
    expect(outcome.diagnostics.map((d) => d.code)[0]).toMatch(
      code === 'settings.not-text' ? /^settings\.(not-text|wrong-type)$/ : code,
    )
  })
  test.each([
    ['device: { group: &g cdrom }\naccess: { admins: *g }\n', 'device.group', 'foo'],
    ['', 'mount.where', '*x'],
    ['', 'mount', '<<: *x'],
  ])('%j, %s %s: an alias without its anchor', (text, key, value) => {
    const { value: changed, diagnostics } = setSetting(text, 'x', key, value)
    expect([changed, diagnostics[0]?.code]).toEqual([undefined, 'settings.syntax'])
  })
  test('a file that is broken stays as it is', () => {
    expect(setSetting('mount: [\n', 'x', 'mount.slots', '3').diagnostics[0]?.code).toBe('settings.syntax')
    expect(setSetting('- a\n', 'x', 'mount.slots', '3').value).toBeUndefined()
  })
  test('a value cannot bring other keys along', () => {
    const changed = setSetting('mount:\n  where: /a\n', 'x', 'mount.where', '"/b\\n  slots: 5"')
    expect(changed.diagnostics[0]?.code).toBe('settings.bad-where')
    expect(setSetting('', 'x', 'mount.where', '/b\nslots: 5').value).toBeUndefined()
  })
})

describe('get', () => {
  const get = (key: string) => shownValue(getSetting(defaults, key).value)
  test.each([
    ['mount.where', '/media/cdvdrw'],
    ['device.mode', '0660'],
    ['write.after', '30'],
    ['mount.options[1]', 'noatime'],
    ['mount.options', '- rw\n- noatime\n- nosuid\n- nodev'],
  ])('%s', (key, value) => expect(get(key)).toBe(value))
  test.each([
    ['mount.wher', 'Did you mean mount.where?'],
    ['zzz', 'The keys here are device, mount, media, write, access, drives.'],
    ['mount.constructor', 'The keys here are style'],
    ['drives[0]', 'The keys here are'],
  ])('%s is none', (key, hint) => {
    expect(getSetting(defaults, key).diagnostics).toMatchObject([
      { code: 'cli.no-key', remedy: expect.stringContaining(hint) },
    ])
  })
})

test('whatever is set is what is read, and all other settings stay', () => {
  const keys = [
    'device.group',
    'mount.where',
    'mount.options',
    'mount.owner',
    'mount.slots',
    'media.bd-re',
    'write.after',
    'write.flush',
    'drives',
  ]
  fc.assert(
    fc.property(arbitrarySettings, arbitrarySettings, fc.constantFrom(...keys), (before, after, key) => {
      const text = settingsText(before)
      const wanted = JSON.stringify(getSetting(after, key).value)
      const { value, diagnostics } = setSetting(text, 'x', key, wanted)
      // What was allowed with another style need not be with this one.
      if (value === undefined) expect(diagnostics).toMatchObject([{ code: 'settings.bad-where' }])
      if (value === undefined) return
      const changed = parseSettings(value, 'x').value!
      expect(getSetting(changed, key).value).toEqual(getSetting(after, key).value)
      for (const other of keys.filter((k) => k !== key))
        expect(getSetting(changed, other).value).toEqual(getSetting(before, other).value)
    }),
    { numRuns: 100 },
  )
})
