import { expect, test } from 'vitest'
import { bytesText, countText, durationText, sizeText, speedText } from '../../src/media/quantities.ts'

test('sizes of discs are as printed on the box', () => {
  expect([2_295_104, 342_000, 11_826_176].map(sizeText)).toEqual(['4.7 GB', '700 MB', '24.2 GB'])
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [65_536, '66 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [9_949_999, '9.9 MB'],
  [9_950_000, '10 MB'],
  [999_499_999, '999 MB'],
  [999_500_000, '1.0 GB'],
])('%i bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))

test.each([
  [1764, 'cd-rw', '1764 kB/s (10x)'],
  [3324, 'dvd+rw', '3324 kB/s (2.4x)'],
  [2770, 'dvd-ram', '2770 kB/s (2x)'],
  [8990, 'bd-re', '8990 kB/s (2x)'],
] as const)('%i kB/s on %s', (speed, medium, text) => expect(speedText(speed, medium)).toBe(text))

test('a medium that this version does not know has no multiple', () => {
  expect(speedText(5000, 'hd-rw' as 'cd-rw')).toBe('5000 kB/s')
})

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3 * 3_600_000 + 5 * 60_000, '3 h 5 min'],
  [52 * 3_600_000, '2 d 4 h'],
])('%i ms are %s', (ms, text) => expect(durationText(ms)).toBe(text))

test('one packet, two packets', () => {
  expect([0, 1, 2].map((n) => countText(n, 'packet'))).toEqual(['0 packets', '1 packet', '2 packets'])
})
