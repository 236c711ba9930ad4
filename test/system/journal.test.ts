import { expect, test } from 'vitest'
import { journalLog, limited } from '../../src/system/journal.ts'

test('every line has its level', () => {
  const lines: string[] = []
  const log = journalLog((line) => lines.push(line))
  log.error('one\ntwo\n')
  log.warning('three')
  log.info('four')
  expect(lines).toEqual(['<3>one\n', '<3>two\n', '<4>three\n', '<6>four\n'])
})

test('a storm becomes a few lines and a count', () => {
  const lines: string[] = []
  let time = 0
  const say = limited(
    (text) => lines.push(text),
    () => time,
    2,
    1_000,
  )
  for (let i = 0; i < 5; i++) say(`${i}`)
  time = 1_000
  say('later')
  expect(lines).toEqual(['0', '1', '3 more such messages were left out', 'later'])
})
