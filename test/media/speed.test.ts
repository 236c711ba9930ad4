// Which speed is asked for, with the lists of recorded drives (quirk 22).
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseSpeed, speedText } from '../../src/media/speed.ts'
import { type Medium, mediaNames, type Speed } from '../../src/settings/settings.ts'

const ofCd = [8467, 7056, 5645, 4234, 2822, 1764, 706]

describe("from the drive's own list", () => {
  test.each<[string, Medium, Speed, number[], number | undefined]>([
    ['the fastest', 'cd-rw', 'max', [1764, 706], 1764],
    ['in any order', 'cd-rw', 'max', [706, 1764, 353], 1764],
    ['not above the wish', 'cd-rw', 4, [1764, 706], 706],
    ['rounded by the drive', 'cd-rw', 4, [1764, 704], 704],
    ['between two', 'dvd+rw', 3, [5540, 3324], 3324],
    ['all above the wish: the slowest', 'dvd+rw', 1, [5540, 3324], 3324],
    ['above all: the fastest, never more', 'dvd+rw', 100, [5540, 3324], 5540],
    ['zeros (Lite-On)', 'dvd-rw', 'max', [0, 2770, 0], 2770],
    ['beyond any disc of the kind', 'dvd+rw', 'max', [65535, 22160, 5540], 5540],
    ['slower than any disc of the kind', 'bd-re', 'max', [1764, 176], undefined],
    ['2x of BD', 'bd-re', 'max', [8990, 4495], 8990],
    ['nothing', 'dvd-ram', 'max', [], undefined],
  ])('%s', (_, medium, wish, listed, expected) => {
    expect(chooseSpeed(medium, wish, listed, [])).toBe(expected)
  })
})

describe('from page 2Ah, when the list is empty', () => {
  test.each<[string, Medium, number[], number | undefined]>([
    ['CD speeds, for a CD', 'cd-rw', [1764, 706], 1764],
    ['CD speeds, for a DVD (NEC)', 'dvd+rw', ofCd, undefined],
    ['CD speeds, for a BD', 'bd-re', ofCd, undefined],
    ['DVD speeds among them', 'dvd+rw', [...ofCd, 5540, 3324], 5540],
    ['zeros (Lite-On)', 'cd-rw', [0, 0], undefined],
  ])('%s', (_, medium, page, expected) => expect(chooseSpeed(medium, 'max', [], page)).toBe(expected))

  test('the list goes first', () => expect(chooseSpeed('cd-rw', 'max', [706], [1764])).toBe(706))
})

test('whatever is listed: one of it, or nothing', () => {
  const speeds = fc.array(fc.nat(70_000), { maxLength: 12 })
  const wishes = fc.oneof(fc.constant<Speed>('max'), fc.double({ min: 0.5, max: 100, noNaN: true }))
  fc.assert(
    fc.property(fc.constantFrom(...mediaNames), wishes, speeds, speeds, (medium, wish, listed, page) => {
      const chosen = chooseSpeed(medium, wish, listed, page)
      if (chosen !== undefined) expect([...listed, ...page]).toContain(chosen)
    }),
  )
})

test('in words', () => {
  expect(speedText('cd-rw', 706)).toBe('4x (706 kB/s)')
  expect(speedText('dvd+rw', 3324)).toBe('2.4x (3324 kB/s)')
})
