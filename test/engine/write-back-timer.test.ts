// When the engine writes back by itself: soon after the last write, and ever more rarely while that brings nothing.
import { expect, test } from 'vitest'
import { keepWritingBack } from '../../src/engine/write-back-timer.ts'
import { StillClock } from '../packet/scripted.ts'

const afterMs = 10_000
const hour = 3_600_000

/** `packets(now)`: how many wait; `writtenAt(now)`: when the last write was. Gives when it was tried, in units of `afterMs`. */
async function tries(
  untilMs: number,
  packets: (now: number, tries: number) => number,
  writtenAt: (now: number) => number = () => 0,
): Promise<number[]> {
  const clock = new StillClock()
  const at: number[] = []
  await keepWritingBack({
    clock,
    afterMs,
    restless: () => {
      const count = packets(clock.now(), at.length)
      const quietMs = clock.now() - writtenAt(clock.now())
      return count === 0 ? undefined : { quietMs, oldestMs: clock.now(), packets: count }
    },
    writeBack: async () => void at.push(Math.round(clock.now() / afterMs)),
    ended: () => clock.now() > untilMs,
  })
  return at
}

test('tries that bring nothing grow apart up to an hour, and end', async () => {
  const at = await tries(100 * hour, () => 5)
  expect(at.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 64])
  expect(at).toHaveLength(12)
  const longest = Math.max(...at.slice(1).map((time, i) => time - (at[i] ?? 0)))
  expect(longest).toBe(hour / afterMs)
})

test('progress is followed by the next try as soon as ever', async () => {
  expect(await tries(hour, (_, count) => Math.max(0, 5 - count))).toHaveLength(5)
})

test('a write brings about another try after they have ended', async () => {
  const later = 50 * hour
  const at = await tries(
    100 * hour,
    () => 5,
    (now) => (now < later ? 0 : later),
  )
  expect(at).toHaveLength(13)
  expect(at.at(-1)).toBe(later / afterMs)
})
