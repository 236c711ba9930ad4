// Settings that validate, with values that are likely to break out of their place.
import fc from 'fast-check'
import { backendsOf } from '../../src/settings/backends.ts'
import { isMatchText, optionsComplaints, whereComplaints } from '../../src/settings/checks.ts'
import { settingsText } from '../../src/settings/edit.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { type DriveException, mediaNames, type Settings } from '../../src/settings/settings.ts'

const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...[
        '%',
        '%i',
        '%%',
        '$',
        '$$',
        '\x24{A}',
        '$env{X}',
        '{}',
        '{{x}}',
        '{{{x}}}',
        '#',
        ';',
        '&',
        '<',
        '>',
        '*',
        '?',
        '[a]',
        '|',
        '(',
        ')',
        '=',
        ',',
        '+',
        '-',
        '--',
        '.',
        '~',
        '^',
        '`',
        '!',
        ':',
        '@',
      ],
      ...[
        ' ',
        '  ',
        'ä',
        'ß',
        '漢',
        '💿',
        '\u00a0',
        '\u2028',
        '\ufeff',
        'é',
        '\\040',
        'GOTO="x"',
        '-->',
        ']]>',
        '</x>',
        '*/',
        '//',
      ],
    ),
  },
  { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: 5 }) },
)
const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))

/** The first `most` bytes, and no half of a character. */
const cut = (value: string, most: number): string => {
  const bytes = Buffer.from(value.slice(0, most))
  let end = Math.min(most, bytes.length)
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
/** `least` to `most` bytes of odd characters, but for the half of one. */
const long = (least: number, most: number): fc.Arbitrary<string> =>
  fc.tuple(text, fc.integer({ min: least, max: most })).map(([value, size]) => cut(value.repeat(size), size))

type Where = `/${string}`
const pathsOf = (names: fc.Arbitrary<string[]>, most: number): fc.Arbitrary<Where> =>
  names
    .map((parts) => cut(`/${parts.map((part) => part.replaceAll('/', '')).join('/')}`, most) as Where)
    .filter((path) => whereComplaints(path).length === 0)

/** Mount points that a unit is named after: its name holds 230 bytes, and a byte may take four of them. */
const unitWhere = fc.oneof(
  pathsOf(fc.array(text, { minLength: 1, maxLength: 3 }), 59),
  pathsOf(
    fc.array(
      fc.integer({ min: 1, max: 200 }).map((size) => 'disc0'.repeat(40).slice(0, size)),
      { minLength: 1, maxLength: 3 },
    ),
    238,
  ),
)
/** Those that nothing is named after: all that the kernel takes. */
const anyWhere = fc.oneof(
  unitWhere,
  pathsOf(fc.array(long(100, 254), { minLength: 10, maxLength: 30, size: 'max' }), 4094),
)

const option = fc
  .oneof(
    ...[12, 255].map((maxLength) =>
      fc.string({ unit: fc.constantFrom(...'abcxyzAZ019_.:=+@%/-'), minLength: 1, maxLength, size: 'max' }),
    ),
  )
  .filter((o) => optionsComplaints(['noatime', o]).length === 0 && o !== 'noatime')

const group = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,12}$/)
const id = fc.integer({ min: 0, max: 4294967294 })
const matchText = fc.oneof(text, long(1, 1024)).filter((value) => isMatchText(value))
const serial = matchText.filter((value) => !/[|\\]/.test(value))

const perMedium = <T>(value: (medium: (typeof mediaNames)[number]) => fc.Arbitrary<T>) =>
  fc.record(
    Object.fromEntries(mediaNames.map((medium) => [medium, value(medium)])) as Record<
      (typeof mediaNames)[number],
      fc.Arbitrary<T>
    >,
  )

const drive: fc.Arbitrary<DriveException> = fc
  .record({
    match: fc.record({ vendor: matchText, model: matchText, serial }, { requiredKeys: [] }),
    ignore: fc.boolean(),
    media: fc.record(
      { 'cd-rw': fc.constantFrom(...backendsOf('cd-rw')), 'bd-re': fc.constantFrom(...backendsOf('bd-re')) },
      { requiredKeys: [] },
    ),
  })
  .filter(({ match }) => Object.keys(match).length > 0)

const any: fc.Arbitrary<Settings> = fc.record({
  device: fc.record({ group, mode: fc.constantFrom(0o600, 0o660, 0o664, 0o666) }),
  mount: fc.constantFrom('systemd', 'fstab', 'udisks', 'none').chain((style) =>
    fc.record({
      style: fc.constant(style),
      where: style === 'systemd' || style === 'fstab' ? unitWhere : anyWhere,
      options: fc.uniqueArray(option, { maxLength: 12 }).map((some) => ['rw', 'noatime', ...some]),
      owner: fc.oneof(fc.constantFrom('seat', 'group', 'everyone'), fc.record({ uid: id, gid: id })),
      eject: fc.boolean(),
      slots: fc.integer({ min: 1, max: 8 }),
      automount: fc.oneof(fc.constant(false as const), fc.integer({ min: 0, max: 86400 })),
    }),
  ),
  media: perMedium((medium) => fc.constantFrom(...backendsOf(medium))),
  write: fc.record({
    flush: perMedium(() => fc.constantFrom('journal', 'medium')),
    journal: fc.boolean(),
    after: fc.integer({ min: 1, max: 600 }),
    memory: fc.integer({ min: 2, max: 64 }),
    retries: fc.integer({ min: 0, max: 10 }),
    speed: perMedium(() => fc.oneof(fc.constant('max'), fc.integer({ min: 1, max: 100 }))),
  }),
  access: fc.record({ admins: fc.oneof(fc.constant(''), group) }),
  drives: fc.array(drive, { maxLength: 3 }),
}) as fc.Arbitrary<Settings>

/** All pass the parser, by way of their text. */
export const arbitrarySettings: fc.Arbitrary<Settings> = any.filter(
  (settings) => parseSettings(settingsText(settings), 'x').value !== undefined,
)
