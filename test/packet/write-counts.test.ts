// The packet written most often, kept from write to write, is the one that counting all of them finds.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WriteCounts } from '../../src/packet/write-counts.ts'
import { fuzz } from '../nbd/seed.ts'

test('hottest and total are those of all counts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(20), { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(39), { maxLength: 200 }),
      (before, written) => {
        const sum = before.reduce((a, b) => a + b, 0)
        const life = new WriteCounts(Uint32Array.from(before), sum)
        const now = [...before]
        for (const packet of written.filter((p) => p < before.length)) {
          life.written(packet)
          now[packet] = (now[packet] ?? 0) + 1
        }
        const most = Math.max(...now)
        expect(life.total).toBe(now.reduce((a, b) => a + b, 0))
        expect(life.hottest?.writes ?? 0).toBe(most)
        if (life.hottest !== undefined) expect(now[life.hottest.packet]).toBe(most)
      },
    ),
    fuzz(300),
  )
})

test('in counts of a large disc', () => {
  const counts = new Uint32Array(100_000)
  counts.fill(3)
  counts[77_777] = 9
  expect(new WriteCounts(counts, 300_006).hottest).toEqual({ packet: 77_777, writes: 9 })
})
