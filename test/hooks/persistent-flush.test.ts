// A flush that fails is tried again for two minutes: one press of the button, one `pktw unmap`, is enough.
import { expect, test } from 'vitest'
import type { Answer } from '../../src/hooks/control.ts'
import { flushPersistently } from '../../src/hooks/persistent-flush.ts'
import { HookClock } from './time.ts'

const why = 'sr0: WRITE (10): no answer in time'

/** Flushes that fail until `succeedsAt` (ms), each of which takes `takes` ms. */
function flushing(succeedsAt: number, { takes = 100, goneAt = Infinity } = {}) {
  const clock = new HookClock()
  /** `known`: failures that had been reported by then. */
  const flushes: { at: number; limitMs: number; known: number }[] = []
  const failures: string[] = []
  const disc = {
    flush: async (limitMs: number): Promise<Answer> => {
      flushes.push({ at: clock.now(), limitMs, known: failures.length })
      clock.pass(takes)
      return clock.now() >= succeedsAt ? { ok: true } : { ok: false, error: why }
    },
    isThere: async () => clock.now() < goneAt,
    onFirstFailure: (why: string) => void failures.push(why),
  }
  const result = flushPersistently(disc, clock)
  return { clock, flushes, failures, result }
}

test('a flush that succeeds is the only one', async () => {
  const { flushes, failures, result } = flushing(0)
  expect(await result).toBeUndefined()
  expect(flushes).toEqual([{ at: 0, limitMs: 600_000, known: 0 }])
  expect(failures).toEqual([])
})

test('the drive comes back six seconds after the first failure', async () => {
  const { flushes, failures, result } = flushing(6_000)
  expect(await result).toBeUndefined()
  expect(flushes.length).toBeGreaterThan(1)
  expect(failures).toEqual([why])
})

test('the failure is reported when it happens, not two minutes later', async () => {
  const { failures, flushes, result } = flushing(Infinity)
  await result
  expect(failures).toEqual([why])
  expect(flushes[1]?.known).toBe(1)
})

test('no flush begins later than two minutes after the first failure', async () => {
  const { clock, flushes, result } = flushing(Infinity)
  expect(await result).toBe(why)
  expect(flushes.length).toBeGreaterThan(8)
  expect(flushes.every(({ at }) => at <= 121_000)).toBe(true)
  expect(clock.now()).toBeGreaterThan(119_000)
  expect(clock.now()).toBeLessThan(125_000)
})

test('pauses grow: a drive that fails at once is not asked without end', async () => {
  const { flushes, result } = flushing(Infinity, { takes: 0 })
  await result
  const pauses = flushes.slice(1).map(({ at }, i) => at - (flushes[i]?.at ?? 0))
  expect(pauses.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 15_000])
})

test('a disc that is gone ends it', async () => {
  const { flushes, result } = flushing(Infinity, { goneAt: 5_000 })
  expect(await result).toBe(why)
  expect(flushes.length).toBeLessThan(5)
})
