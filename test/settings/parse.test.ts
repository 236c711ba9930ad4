import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { defaults } from '../../src/settings/defaults.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { settingsJsonSchema } from '../../src/settings/reference.ts'
import type { Settings } from '../../src/settings/settings.ts'
import { editDistance, suggest } from '../../src/settings/suggest.ts'

const ok = (text: string): Settings => {
  const outcome = parseSettings(text, 'pktw.yaml')
  expect(outcome.diagnostics).toEqual([])
  return outcome.value as Settings
}

describe('what may be left out', () => {
  test.each(['', '# nothing\n', '---\n', 'device:\nmount:\n  # where: /x\nmedia:\ndrives:\n', '{}'])(
    '%j is the defaults',
    (text) => expect(ok(text)).toEqual(defaults),
  )
  test('one key changes one thing', () => {
    expect(ok('mount: { where: /srv/disc }')).toEqual({
      ...defaults,
      mount: { ...defaults.mount, where: '/srv/disc' },
    })
  })
})

describe('modes as people write them', () => {
  test.each([
    ['0660', 0o660],
    ['0o660', 0o660],
    ["'660'", 0o660],
    ['"0640"', 0o640],
    ['0600', 0o600],
  ])('%s', (text, mode) => expect(ok(`device: { mode: ${text} }`).device.mode).toBe(mode))
})

test('owners', () => {
  expect(ok('mount: { owner: everyone }').mount.owner).toBe('everyone')
  expect(ok('mount: { owner: { uid: 1000, gid: 100 } }').mount.owner).toEqual({ uid: 1000, gid: 100 })
})

test('drives', () => {
  const text = `
drives:
  - match: { vendor: HL-DT-ST, model: "DVDRAM GP*" }
    media: { cd-rw: none }
  - match: { serial: KZ8E3SG }
    ignore: true
`
  expect(ok(text).drives).toEqual([
    { match: { vendor: 'HL-DT-ST', model: 'DVDRAM GP*' }, ignore: false, media: { 'cd-rw': 'none' } },
    { match: { serial: 'KZ8E3SG' }, ignore: true, media: {} },
  ])
})

test('backends, of all drives and of one', () => {
  const text = `
media: { dvd+rw: direct, dvd-ram: direct, bd-re: none }
drives:
  - match: { model: X }
    media: { dvd+rw: engine, bd-re: direct }
`
  expect(ok(text).media).toEqual({
    ...defaults.media,
    'dvd+rw': 'direct',
    'dvd-ram': 'direct',
    'bd-re': 'none',
  })
  expect(ok(text).drives[0]?.media).toEqual({ 'dvd+rw': 'engine', 'bd-re': 'direct' })
})

test('a warning does not withhold the value', () => {
  const outcome = parseSettings('device: { mode: 0666 }', 'pktw.yaml')
  expect(outcome.diagnostics.map((d) => d.severity)).toEqual(['warning'])
  expect(outcome.value?.device.mode).toBe(0o666)
})

test('CRLF and a byte order mark are no trouble, and stay out of the caret line', () => {
  expect(ok('\ufeffmount:\r\n  slots: 3\r\n').mount.slots).toBe(3)
  const [bad] = parseSettings('mount:\r\n  slots: 0\r\n', 'x').diagnostics
  expect(bad?.at).toMatchObject({ line: 2, column: 10, length: 1, text: '  slots: 0' })
})

test('an alias bomb is a diagnostic', () => {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x]\n'
  for (let i = 1; i < 9; i++)
    text += `a${i}: &a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(', ')}]\n`
  expect(parseSettings(text, 'x').diagnostics.map((d) => d.code)).toContain('settings.syntax')
})

test('whatever the text, there is an outcome, and every place is in the text', () => {
  const words = fc.constantFrom(
    'mount',
    'where',
    'options',
    'drives',
    'match',
    'device',
    'mode',
    'media',
    'cd-rw',
    'owner',
    'uid',
    'slots',
    ':',
    ': ',
    '\n',
    '\n  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '0660',
    'noatime',
    '"',
    "'",
    '&a ',
    '*a',
    '#',
    '|\n',
    '~',
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 25 }), (parts) => {
      const text = parts.join('')
      const { value, diagnostics } = parseSettings(text, 'f')
      const lines = text.split('\n')
      if (value === undefined) expect(diagnostics.some((d) => d.severity === 'error')).toBe(true)
      for (const { at, message } of diagnostics) {
        expect(message).not.toMatch(/undefined|\[object/)
        expect(at?.text).toBe(lines[at!.line - 1]?.replace(/\r$/, '') ?? '')
        expect(at!.column).toBeLessThanOrEqual(at!.text!.length + 1)
      }
    }),
    { numRuns: 500 },
  )
})

test('what is written out is read back', () => {
  const segment = fc
    .stringMatching(/^[A-Za-z0-9 _.%-]{1,8}$/)
    .filter((s) => s.trim() === s && !/^\.+$/.test(s))
  const where = fc.array(segment, { minLength: 1, maxLength: 3 }).map((p) => `/media/${p.join('/')}`)
  fc.assert(
    fc.property(
      where,
      fc.integer({ min: 1, max: 8 }),
      fc.constantFrom('seat', { uid: 0, gid: 7 }),
      (w, slots, owner) => {
        expect(ok(stringify({ mount: { where: w, slots, owner } })).mount).toEqual({
          ...defaults.mount,
          where: w,
          slots,
          owner,
        })
      },
    ),
    { numRuns: 100 },
  )
})

test('JSON Schema for editors', () => {
  const schema = settingsJsonSchema() as { properties: Record<string, Record<string, unknown>> }
  expect(Object.keys(schema.properties)).toEqual(['device', 'mount', 'media', 'write', 'access', 'drives'])
  expect(schema.properties.mount).toMatchObject({
    additionalProperties: false,
    properties: { style: { enum: ['systemd', 'fstab', 'udisks', 'none'], default: 'systemd' } },
  })
  expect(schema.properties.device).toMatchObject({ properties: { mode: { type: ['string', 'integer'] } } })
  expect(schema).not.toHaveProperty('required')
})

describe('suggestions', () => {
  test.each([
    ['optoins', 'options'],
    ['Where', 'where'],
    ['cdrw', 'cd-rw'],
    ['dvd-ram', 'dvd-ram'],
    ['umask', undefined],
  ])('%s → %s', (word, wanted) => {
    expect(suggest(word, ['options', 'where', 'cd-rw', 'dvd-ram'])).toBe(wanted)
  })
  test('the distance is a metric of small steps', () => {
    expect(editDistance('', 'abc')).toBe(3)
    expect(editDistance('ab', 'ba')).toBe(1)
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a))
        expect(editDistance(a, b) === 0).toBe(a === b)
      }),
      { numRuns: 100 },
    )
  })
})

test('how the engine writes, per medium', () => {
  const { write } = ok('write: { after: 5, flush: { cd-rw: medium }, speed: { dvd+rw: 4 } }\n')
  expect(write).toEqual({
    ...defaults.write,
    after: 5,
    flush: { ...defaults.write.flush, 'cd-rw': 'medium' },
    speed: { ...defaults.write.speed, 'dvd+rw': 4 },
  })
  const text = 'write:\n  after: 0\n  memory: 1.5\n  flush: { dvd-ram: disc }\n  speed: { cd-rw: fast }\n'
  expect(parseSettings(text, 'pktw.yaml').diagnostics.map((d) => `${d.at?.line} ${d.code}`)).toEqual([
    '2 settings.out-of-range',
    '3 settings.wrong-type',
    '4 settings.not-one-of',
    '5 settings.bad-speed',
  ])
})
