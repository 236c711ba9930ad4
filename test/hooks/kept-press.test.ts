// A press of the button is kept for two minutes: the flush is tried again, and the tray opens when it succeeds.
import { expect, test } from 'vitest'
import type { Answer } from '../../src/hooks/control.ts'
import { flushForPress } from '../../src/hooks/kept-press.ts'
import { HookClock } from './time.ts'

/** Flushes that fail until `succeedsAt` (ms), each of which takes `takes` ms. */
function press(succeedsAt: number, { takes = 100, goneAt = Infinity } = {}) {
  const clock = new HookClock()
  const flushes: { at: number; limitMs: number }[] = []
  const failures: string[] = []
  const result = flushForPress('sr0', {
    clock,
    flush: async (limitMs): Promise<Answer> => {
      flushes.push({ at: clock.now(), limitMs })
      clock.pass(takes)
      return clock.now() >= succeedsAt
        ? { ok: true }
        : { ok: false, error: 'sr0: WRITE (10): no answer in time' }
    },
    discIsThere: async () => clock.now() < goneAt,
    onFirstFailure: (why) => failures.push(why),
  })
  return { clock, flushes, failures, result }
}

test('a flush that succeeds is the only one', async () => {
  const { flushes, failures, result } = press(0)
  await result
  expect(flushes).toEqual([{ at: 0, limitMs: 600_000 }])
  expect(failures).toEqual([])
})

test('the drive comes back six seconds after the first failure: the press still counts', async () => {
  const { clock, flushes, failures, result } = press(68_000, { takes: 100 })
  clock.pass(62_000 - 100)
  await result
  expect(flushes.length).toBeGreaterThan(1)
  expect(failures).toEqual(['sr0: WRITE (10): no answer in time'])
})

test('the failure is reported when it happens, not two minutes later', async () => {
  const { failures, flushes, result } = press(Infinity)
  result.catch(() => undefined)
  await Promise.resolve()
  await Promise.resolve()
  expect(failures).toHaveLength(1)
  expect(flushes).toHaveLength(1)
})

test('no flush begins later than two minutes after the first failure', async () => {
  const { clock, flushes, result } = press(Infinity)
  await expect(result).rejects.toMatchObject({
    diagnostics: [{ code: 'eject.not-on-disc', message: expect.stringContaining('no answer in time') }],
  })
  expect(flushes.length).toBeGreaterThan(8)
  expect(flushes.every(({ at }) => at <= 121_000)).toBe(true)
  expect(clock.now()).toBeGreaterThan(119_000)
  expect(clock.now()).toBeLessThan(125_000)
})

test('pauses grow: a drive that fails at once is not asked without end', async () => {
  const { flushes, result } = press(Infinity, { takes: 0 })
  await expect(result).rejects.toThrow()
  const pauses = flushes.slice(1).map(({ at }, i) => at - (flushes[i]?.at ?? 0))
  expect(pauses.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 15_000])
})

test('a disc that is gone ends it', async () => {
  const { flushes, result } = press(Infinity, { goneAt: 5_000 })
  await expect(result).rejects.toMatchObject({ diagnostics: [{ code: 'eject.not-on-disc' }] })
  expect(flushes.length).toBeLessThan(5)
})
