// An answer for anybody: made once a second, and at once when something urgent changed.
import { expect, test } from 'vitest'
import { keptAnswer } from '../../src/engine/kept-answer.ts'

function kept() {
  const machine = { now: 0, urgent: 'clean', made: 0 }
  const answer = keptAnswer({
    now: () => machine.now,
    urgent: () => machine.urgent,
    make: () => ++machine.made,
  })
  return { machine, answer }
}

test('a thousand questions within a second: made once', () => {
  const { machine, answer } = kept()
  for (machine.now = 0; machine.now < 1000; machine.now++) expect(answer()).toBe(1)
  expect(answer()).toBe(2)
})

test('what is urgent is told at once', () => {
  const { machine, answer } = kept()
  answer()
  machine.urgent = 'dirty'
  expect([answer(), answer()]).toEqual([2, 2])
})

test('a clock that goes backwards keeps nothing', () => {
  const { machine, answer } = kept()
  machine.now = 5_000
  answer()
  machine.now = 4_900
  expect(answer()).toBe(2)
})
