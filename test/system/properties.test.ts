import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatProperties, parseProperties } from '../../src/system/properties.ts'

test('properties are read back as they were written', () => {
  const key = fc.stringMatching(/^PKTW_[A-Z]{1,8}$/)
  const value = fc.string().filter((v) => !v.includes('\n'))
  fc.assert(
    fc.property(fc.dictionary(key, value), (p) => {
      expect(parseProperties(formatProperties(p))).toEqual(p)
    }),
  )
})

test('the last line wins, and what is none is left out', () =>
  expect(parseProperties('A=1\nB\n=2\nA=x=y\n')).toEqual({ A: 'x=y' }))
