// An engine that hangs is ended before anything is unmounted, and one that is being started is waited for.
import { expect, test } from 'vitest'
import type { Answer } from '../../src/hooks/control.ts'
import { Silence, untilAnswered } from '../../src/hooks/take-over.ts'
import { HookClock } from './time.ts'

const yes: Answer = { ok: true }
const refused: Answer = { ok: false, error: 'connect ECONNREFUSED' }
const silent: Answer = { ok: false, error: 'no answer within 10 s', silent: true }

/** An engine that gives these answers, the last one for ever. `until`: when its unit is over, ms. */
function engine(answers: Answer[], until = Infinity) {
  const clock = new HookClock()
  const seen = { asked: 0, killed: 0, warnings: [] as string[] }
  const access = {
    ask: async () => {
      seen.asked++
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) as Answer
      clock.pass(answer.silent === true ? 10_000 : 10)
      return answer
    },
    kill: async () => void seen.killed++,
    unit: async () => ({
      active: clock.now() >= until ? 'failed' : 'activating',
      result: 'watchdog',
      job: undefined,
    }),
    warn: (text: string) => void seen.warnings.push(text),
    clock,
  }
  return { seen, clock, done: () => untilAnswered('sr0', access) }
}

test('one that answers is left alone', async () => {
  const { seen, done } = engine([yes])
  await done()
  expect(seen).toEqual({ asked: 1, killed: 0, warnings: [] })
})

test('one that does not answer is ended once, and the next one is waited for', async () => {
  const { seen, done } = engine([silent, refused, refused, silent, yes])
  await done()
  expect(seen.killed).toBe(1)
  expect(seen.asked).toBe(5)
  expect(seen.warnings).toEqual([expect.stringMatching(/engine of sr0 hangs.*no answer within 10 s/)])
})

test('one that is being started is not ended', async () => {
  const { seen, done } = engine([refused, refused, yes])
  await done()
  expect(seen).toEqual({ asked: 3, killed: 0, warnings: [] })
})

test('a unit that ended by itself has no engine to wait for', async () => {
  const { seen, done } = engine([refused], 2_000)
  await done()
  expect(seen.killed).toBe(0)
})

test('ended, and the unit failed: the tray stays shut', async () => {
  const { done } = engine([silent, refused], 30_000)
  await expect(done()).rejects.toMatchObject({ diagnostics: [{ code: 'eject.no-engine' }] })
})

test('no engine answers for three minutes: the tray stays shut', async () => {
  const { clock, seen, done } = engine([silent])
  await expect(done()).rejects.toMatchObject({ diagnostics: [{ code: 'eject.no-engine' }] })
  expect(seen.killed).toBe(1)
  expect(clock.now()).toBeLessThan(4 * 60_000)
})

test('while the disc is let go of, an engine counts as hung after six answers in a row that do not come', () => {
  const silence = new Silence()
  const five = Array<Answer>(5).fill(silent)
  for (const answer of [...five, yes, ...five, refused, ...five]) expect(silence.hear(answer)).toBe(false)
  expect(silence.hear(silent)).toBe(true)
})
