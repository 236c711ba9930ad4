import { expect, test } from 'vitest'
import { decodeSense, senseCode, senseText } from '../../src/mmc/sense.ts'

/** Fixed format: key, asc, ascq and what follows at byte 15. */
const fixed = (key: number, asc: number, ascq: number, tail: number[] = [], first = 0x70): Uint8Array => {
  const bytes = new Uint8Array(18)
  bytes.set([first, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, asc, ascq, 0], 0)
  bytes.set(tail, 15)
  return bytes
}

test('fixed format', () => {
  expect(decodeSense(fixed(3, 0x0c, 0))).toEqual({ key: 3, asc: 0x0c, ascq: 0 })
})

test('the 16 bytes that sg keeps are enough for key, codes and information', () => {
  const bytes = fixed(3, 0x11, 0x05, [], 0xf0)
  bytes.set([0, 0, 0x02, 0x20], 3)
  expect(decodeSense(bytes.subarray(0, 16))).toEqual({ key: 3, asc: 0x11, ascq: 5, information: 0x220 })
})

test('information counts only with VALID', () => {
  const bytes = fixed(3, 0x11, 0x05)
  bytes.set([0, 0, 0x02, 0x20], 3)
  expect(decodeSense(bytes)).not.toHaveProperty('information')
})

test('progress of a format, in 1/65536', () => {
  expect(decodeSense(fixed(2, 4, 4, [0x80, 0x40, 0x00]))).toEqual({ key: 2, asc: 4, ascq: 4, progress: 0.25 })
  // Without SKSV, under another key, and cut off by sg it is not progress.
  expect(decodeSense(fixed(2, 4, 4, [0x00, 0x40, 0x00]))).not.toHaveProperty('progress')
  expect(decodeSense(fixed(5, 0x24, 0, [0x80, 0x00, 0x07]))).not.toHaveProperty('progress')
  expect(decodeSense(fixed(2, 4, 4, [0x80, 0x40, 0x00]).subarray(0, 16))).not.toHaveProperty('progress')
})

test('a deferred error is marked', () => {
  const sense = decodeSense(fixed(3, 0x0c, 0, [], 0x71))
  expect(sense).toEqual({ key: 3, asc: 0x0c, ascq: 0, deferred: true })
  expect(senseText(sense!)).toBe('3/0C/00 write error (of an earlier command)')
})

test('descriptor format, with information and progress descriptors', () => {
  const bytes = Uint8Array.from([
    // head
    0x72, 0x02, 0x04, 0x04, 0, 0, 0, 20,
    // information
    0x00, 0x0a, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34,
    // sense key specific
    0x02, 0x06, 0, 0, 0x80, 0x80, 0x00, 0,
  ])
  expect(decodeSense(bytes)).toEqual({ key: 2, asc: 4, ascq: 4, information: 0x1234, progress: 0.5 })
  expect(decodeSense(bytes.subarray(0, 16))).toEqual({ key: 2, asc: 4, ascq: 4 })
})

test('what is not sense data is none', () => {
  expect(decodeSense(new Uint8Array(0))).toBeUndefined()
  expect(decodeSense(new Uint8Array(18))).toBeUndefined()
  expect(decodeSense(Uint8Array.of(0x70))).toBeUndefined()
})

test.each([
  [{ key: 2, asc: 0x04, ascq: 0x01 }, '2/04/01 becoming ready'],
  [{ key: 2, asc: 0x04, ascq: 0x08 }, '2/04/08 long write in progress'],
  [{ key: 2, asc: 0x3a, ascq: 0x01 }, '2/3A/01 medium not present, tray closed'],
  [{ key: 5, asc: 0x21, ascq: 0x02 }, '5/21/02 invalid address for write'],
  [{ key: 5, asc: 0x26, ascq: 0x00 }, '5/26/00 invalid field in parameter list'],
  [{ key: 5, asc: 0x64, ascq: 0x00 }, '5/64/00 illegal mode for this track'],
  [{ key: 3, asc: 0x73, ascq: 0x03 }, '3/73/03 power calibration area error'],
  [{ key: 4, asc: 0x09, ascq: 0x02 }, '4/09/02 focus servo failure'],
  [{ key: 7, asc: 0x27, ascq: 0x00 }, '7/27/00 write protected'],
  // Unknown qualifiers fall back to the code's words, unknown codes to the key's.
  [{ key: 3, asc: 0x0c, ascq: 0x7f }, '3/0C/7F write error'],
  [{ key: 0, asc: 0xe0, ascq: 0x0e }, '0/E0/0E no sense'],
  [{ key: 5, asc: 0, ascq: 0x9c }, '5/00/9C illegal request'],
])('%j reads %s', (sense, text) => {
  expect(senseText(sense)).toBe(text)
  expect(text.startsWith(senseCode(sense))).toBe(true)
})
