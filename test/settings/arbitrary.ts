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

/** Mount points; unit names hold 250 bytes, and a byte may take four of them. */
const where = fc
  .array(text, { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.map((part) => part.replaceAll('/', '')).join('/')}`)
  .filter((path) => whereComplaints(path).length === 0 && Buffer.byteLength(path) < 55)
  .map((path) => path as `/${string}`)

const option = fc
  .string({ unit: fc.constantFrom(...'abcxyzAZ019_.:=+@%/-'), minLength: 1, maxLength: 12 })
  .filter((o) => optionsComplaints(['noatime', o]).length === 0 && o !== 'noatime')

const group = fc.stringMatching(/^[a-z_][a-z0-9_-]{0,12}$/)
const id = fc.integer({ min: 0, max: 4294967294 })
const matchText = text.filter((value) => isMatchText(value))
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
  mount: fc.record({
    style: fc.constantFrom('systemd', 'fstab', 'udisks', 'none'),
    where,
    options: fc.uniqueArray(option, { maxLength: 4 }).map((some) => ['rw', 'noatime', ...some]),
    owner: fc.oneof(fc.constantFrom('seat', 'group', 'everyone'), fc.record({ uid: id, gid: id })),
    eject: fc.boolean(),
    slots: fc.integer({ min: 1, max: 8 }),
  }),
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
