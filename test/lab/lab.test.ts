import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineReader } from './protocol.ts'
import { recipeFor, recipeHash, suites } from './recipe.ts'
import type { Case } from './scenarios.ts'
import { selectScenarios } from './scenarios.ts'
import { pairEvents } from './udev-times.ts'

test('lines arrive whole however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string()),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      (words, cuts) => {
        const stream = Buffer.from(words.map((w) => `${JSON.stringify({ w })}\n`).join(''))
        const seen: string[] = []
        const read = lineReader<{ w: string }>((value) => seen.push(value.w))
        for (let at = 0, i = 0; at < stream.length; i++) {
          const n = cuts[i % cuts.length] ?? 1
          read(stream.subarray(at, at + n))
          at += n
        }
        expect(seen).toEqual(words)
      },
    ),
  )
})

test('a broken line is dropped, the next one is read', () => {
  const seen: unknown[] = []
  lineReader((value) => seen.push(value))(Buffer.from('{"half\n{"whole":1}\n'))
  expect(seen).toEqual([{ whole: 1 }])
})

test('every suite has an image of its own and one with a desktop, and the same recipe the same one', () => {
  const hashes = () => suites.flatMap((s) => [false, true].map((d) => recipeHash(recipeFor(s, d))))
  expect(new Set(hashes()).size).toBe(2 * suites.length)
  expect(hashes()).toEqual(hashes())
  const desktop = recipeFor('sid', true).packages.filter((p) => !recipeFor('sid').packages.includes(p))
  expect(desktop).toContain('labwc')
})

const one = (name: string, more: Partial<Case['scenario']> & { medium?: Case['medium'] } = {}): Case => {
  const { medium, ...scenario } = more
  return {
    id: medium ? `${name}/${medium}` : name,
    name,
    describe: '',
    ...(medium ? { medium } : {}),
    scenario: { describe: '', run: async () => {}, ...scenario },
  }
}
const cases = [
  one('insert', { medium: 'cd-rw', smoke: ['cd-rw'] }),
  one('insert', { medium: 'dvd-ram', smoke: ['cd-rw'] }),
  one('yank', { suites: ['sid'] }),
  one('install', { smoke: true }),
]
const ids = (wish: Partial<Parameters<typeof selectScenarios>[1]>) =>
  selectScenarios(cases, { names: [], suite: 'sid', media: [], smoke: false, ...wish }).map((c) => c.id)

test('scenarios are chosen by name, suite, medium and smoke', () => {
  expect(ids({})).toHaveLength(4)
  expect(ids({ names: ['insert'] })).toEqual(['insert/cd-rw', 'insert/dvd-ram'])
  expect(ids({ names: ['insert/dvd-ram'] })).toEqual(['insert/dvd-ram'])
  expect(ids({ suite: 'trixie' })).not.toContain('yank')
  expect(ids({ media: ['cd-rw'] })).toEqual(['insert/cd-rw', 'yank', 'install'])
  expect(ids({ smoke: true })).toEqual(['insert/cd-rw', 'install'])
  expect(() => ids({ names: ['inserts'] })).toThrow('no scenario inserts; there are: insert, yank, install')
})

test("udev's share is from the kernel's event to udev's", () => {
  const text = `monitor will print the received events for:
KERNEL[100.000000] change   /devices/platform/x/block/sr0 (block)
KERNEL[100.500000] change   /devices/platform/x/block/sr0 (block)
UDEV  [101.250000] change   /devices/platform/x/block/sr0 (block)
KERNEL[102.000000] change   /devices/virtual/block/nbd0 (block)
UDEV  [102.100000] change   /devices/platform/x/block/sr0 (block)
`
  expect(pairEvents(text).map((e) => [e.device, Math.round(e.ms)])).toEqual([
    ['sr0', 1250],
    ['sr0', 1600],
  ])
})
