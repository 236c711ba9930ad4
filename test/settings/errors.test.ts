// One line a diagnostic: the text, the code, the place, and what is said. Every code of the area must be here.
import { describe, expect, test } from 'vitest'
import { settingsCodes } from '../../src/diagnostics/codes/settings.ts'
import { formatDiagnostic } from '../../src/diagnostics/print.ts'
import { parseSettings } from '../../src/settings/parse.ts'

/** `at` is line:column+length. */
const table: { text: string; code: keyof typeof settingsCodes; at: string; says: string }[] = [
  { text: 'mount: [', code: 'settings.syntax', at: '1:9+1', says: 'not valid YAML' },
  { text: 'a: &a [*a]\nb: "', code: 'settings.syntax', at: '2:5+1', says: 'quote' },
  { text: 'mount:\n\twhere: /x', code: 'settings.syntax', at: '2:1+1', says: 'Tabs' },
  { text: '--- {}\n--- {}', code: 'settings.syntax', at: '2:1+6', says: 'multiple documents' },
  {
    text: 'drives: []\ndrives: []',
    code: 'settings.duplicate-key',
    at: '2:1+6',
    says: 'drives is there twice',
  },
  { text: 'muont: {}', code: 'settings.unknown-key', at: '1:1+5', says: 'Did you mean mount?' },
  { text: 'mount: { optoins: [] }', code: 'settings.unknown-key', at: '1:10+7', says: 'optoins in mount' },
  { text: 'media:\n  cdrw: none', code: 'settings.unknown-key', at: '2:3+4', says: 'Did you mean cd-rw?' },
  {
    text: 'mount: { zzz: 1 }',
    code: 'settings.unknown-key',
    at: '1:10+3',
    says: 'The keys here are style, where',
  },
  {
    text: 'drives:\n  - match: { modell: X, serial: Y }',
    code: 'settings.unknown-key',
    at: '2:14+6',
    says: 'Did you mean model?',
  },
  {
    text: 'drives:\n  - ignore: true',
    code: 'settings.missing-key',
    at: '2:5+12',
    says: 'drives[0].match is missing',
  },
  {
    text: 'mount: 5',
    code: 'settings.wrong-type',
    at: '1:8+1',
    says: 'mount must be a mapping of keys to values, not 5',
  },
  { text: '- 1', code: 'settings.wrong-type', at: '1:1+3', says: 'the file must be a mapping' },
  {
    text: 'device:\n  group: 25',
    code: 'settings.not-text',
    at: '2:10+2',
    says: 'Put the value in quotes',
  },
  {
    text: 'mount: { slots: two }',
    code: 'settings.wrong-type',
    at: '1:17+3',
    says: 'a whole number, not "two"',
  },
  {
    text: 'mount:\n  style: sytemd',
    code: 'settings.not-one-of',
    at: '2:10+6',
    says: 'Did you mean systemd?',
  },
  {
    text: 'media: { bd-re: maybe }',
    code: 'settings.not-one-of',
    at: '1:17+5',
    says: 'one of engine, direct, none',
  },
  { text: 'mount: { slots: 0 }', code: 'settings.out-of-range', at: '1:17+1', says: 'at least 1' },
  { text: 'mount: { slots: 99 }', code: 'settings.out-of-range', at: '1:17+2', says: 'at most 8' },
  {
    text: 'media: { cd-rw: direct }',
    code: 'settings.backend-medium',
    at: '1:17+6',
    says: 'then every write fails',
  },
  {
    text: 'media: { dvd-rw: direct }',
    code: 'settings.backend-medium',
    at: '1:18+6',
    says: 'whole packets only',
  },
  {
    text: 'drives: [{ match: { serial: A }, media: { bd-re: pktcdvd } }]',
    code: 'settings.backend-medium',
    at: '1:50+7',
    says: 'does not know this medium',
  },
  { text: 'media: { cd-rw: pktcdvd }', code: 'settings.pktcdvd', at: '1:17+7', says: 'wrong place' },
  {
    text: 'drives:\n  - match: { serial: A }\n    media: { dvd+rw: pktcdvd }',
    code: 'settings.pktcdvd',
    at: '3:22+7',
    says: '6.17 has none',
  },
  { text: 'write: { speed: { cd-rw: fast } }', code: 'settings.bad-speed', at: '1:26+4', says: '"fast"' },
  { text: 'mount: { owner: me }', code: 'settings.bad-owner', at: '1:17+2', says: '"me"' },
  { text: 'mount: { owner: { uid: 5 } }', code: 'settings.bad-owner', at: '1:17+10', says: '{"uid":5}' },
  {
    text: 'mount: { automount: true }',
    code: 'settings.bad-automount',
    at: '1:21+4',
    says: 'cannot be true',
  },
  { text: 'mount: { automount: 86401 }', code: 'settings.out-of-range', at: '1:21+5', says: 'at most 86400' },
  { text: 'mount: { automount: 1.5 }', code: 'settings.bad-automount', at: '1:21+3', says: 'seconds' },
  {
    text: 'device: { mode: 660 }',
    code: 'settings.bad-mode',
    at: '1:17+3',
    says: '660 is not an octal mode',
  },
  { text: 'device: { mode: 432 }', code: 'settings.bad-mode', at: '1:17+3', says: 'decimal' },
  { text: 'device: { mode: rw }', code: 'settings.bad-mode', at: '1:17+2', says: 'rw is not an octal mode' },
  { text: 'device: { mode: 0777 }', code: 'settings.unreasonable-mode', at: '1:17+4', says: 'mode 0777' },
  {
    text: 'device: { mode: "060" }',
    code: 'settings.unreasonable-mode',
    at: '1:17+5',
    says: 'read and write',
  },
  { text: 'device: { mode: 0666 }', code: 'settings.world-writable', at: '1:17+4', says: 'every user' },
  {
    text: 'device: { group: "a b" }',
    code: 'settings.bad-group',
    at: '1:18+5',
    says: 'not the name of a group',
  },
  { text: 'mount: { where: media/x }', code: 'settings.bad-where', at: '1:17+7', says: 'is not absolute' },
  { text: 'mount: { where: / }', code: 'settings.bad-where', at: '1:17+1', says: 'root directory' },
  { text: 'mount: { where: /a/../b }', code: 'settings.bad-where', at: '1:17+7', says: '".."' },
  { text: 'mount: { where: /a//b }', code: 'settings.bad-where', at: '1:17+5', says: 'slash too many' },
  { text: 'mount: { where: /a/ }', code: 'settings.bad-where', at: '1:17+3', says: 'slash too many' },
  { text: 'mount: { where: "/a\\nb" }', code: 'settings.bad-where', at: '1:17+7', says: 'control character' },
  { text: 'mount: { where: /dev/disc }', code: 'settings.bad-where', at: '1:17+9', says: 'is in /dev' },
  {
    text: 'mount: { where: /run/pktw/x }',
    code: 'settings.bad-where',
    at: '1:17+11',
    says: 'is in /run/pktw',
  },
  { text: 'mount: { where: "/a\'b" }', code: 'settings.bad-where', at: '1:17+6', says: 'quote' },
  { text: 'mount: { where: "/a " }', code: 'settings.bad-where', at: '1:17+5', says: 'white space' },
  {
    text: `mount: { where: /${'x'.repeat(255)} }`,
    code: 'settings.bad-where',
    at: '1:17+256',
    says: 'file name may be, 255 bytes',
  },
  {
    text: `mount: { style: none, where: ${'/xxx'.repeat(1024)} }`,
    code: 'settings.bad-where',
    at: '1:30+4096',
    says: 'path may be, 4096 bytes',
  },
  {
    text: `mount: { where: /${'-'.repeat(60)} }`,
    code: 'settings.bad-where',
    at: '1:17+61',
    says: 'unit name longer than 230 bytes',
  },
  { text: 'mount: { options: ["rw,noatime"] }', code: 'settings.bad-option', at: '1:20+12', says: 'commas' },
  {
    text: `mount: { options: [noatime, ${'x'.repeat(256)}] }`,
    code: 'settings.long-options',
    at: '1:29+256',
    says: '255 bytes',
  },
  {
    text: `mount: { options: [noatime, ${Array(20).fill('x'.repeat(250)).join(', ')}] }`,
    code: 'settings.long-options',
    at: '1:19+5049',
    says: '4000 bytes',
  },
  {
    text: 'mount: { options: [noatime, relatime] }',
    code: 'settings.option-atime',
    at: '1:29+8',
    says: 'wear',
  },
  { text: 'mount: { options: [rw] }', code: 'settings.no-noatime', at: '1:19+4', says: 'Add noatime' },
  {
    text: 'mount: { options: [noatime, ro] }',
    code: 'settings.option-ro',
    at: '1:29+2',
    says: 'none under media',
  },
  {
    text: 'mount: { options: [noatime, uid=5] }',
    code: 'settings.option-owner',
    at: '1:29+5',
    says: 'mount.owner',
  },
  {
    text: "drives: [{ match: { model: 'a\"' } }]",
    code: 'settings.bad-match',
    at: '1:28+4',
    says: 'udevadm info',
  },
  {
    text: `drives: [{ match: { model: ${'x'.repeat(1025)} } }]`,
    code: 'settings.bad-match',
    at: '1:28+1025',
    says: 'xxx… cannot be matched',
  },
  {
    text: 'drives: [{ match: {}, ignore: true }]',
    code: 'settings.match-nothing',
    at: '1:19+2',
    says: 'every drive',
  },
  {
    text: 'drives:\n  - match: { model: X }',
    code: 'settings.drive-no-effect',
    at: '2:5+19',
    says: 'changes nothing',
  },
]

test.each(table)('$code: $text', ({ text, code, at, says }) => {
  const found = parseSettings(text, 'pktw.yaml').diagnostics.filter((d) => d.code === code)
  expect(found).not.toEqual([])
  const first = found[0]!
  expect(`${first.at?.line}:${first.at?.column}+${first.at?.length}`).toBe(at)
  expect(formatDiagnostic(first)).toContain(says)
  expect(formatDiagnostic(first)).not.toMatch(/\{\w+\}(?!\])/)
})

test('every code of the area has a line', () => {
  expect([...new Set(table.map((row) => row.code))].sort()).toEqual(Object.keys(settingsCodes).sort())
})

describe('all in one run', () => {
  const text = `device: { mode: 0777, gruop: x }
mount:
  style: autofs
  where: media
  options: [rw, relatime, "a b"]
media:
  cd-rw: direct
drives:
  - ignore: yes
  - match: {}
`
  const outcome = parseSettings(text, '/etc/pktw/pktw.yaml')
  test('nine problems, in the order of the text, and no value', () => {
    expect(outcome.value).toBeUndefined()
    expect(outcome.diagnostics.map((d) => `${d.at?.line}:${d.at?.column} ${d.code}`)).toEqual([
      '1:17 settings.unreasonable-mode',
      '1:23 settings.unknown-key',
      '3:10 settings.not-one-of',
      '4:10 settings.bad-where',
      '5:17 settings.option-atime',
      '5:27 settings.bad-option',
      '7:10 settings.backend-medium',
      '9:5 settings.missing-key',
      '9:13 settings.wrong-type',
      '10:12 settings.match-nothing',
    ])
  })
  test('printed with source line and caret', () => {
    expect(formatDiagnostic(outcome.diagnostics[3]!)).toBe(
      [
        '/etc/pktw/pktw.yaml:4:10: error: the mount point media is not absolute [settings.bad-where]',
        '  4 |   where: media',
        '    |          ^^^^^',
        '  → Give a plain absolute path such as /media/cdvdrw.',
      ].join('\n'),
    )
  })
})
