// What other programs say, read.
import { expect, test } from 'vitest'
import { parsePreparing, parseUnits } from '../../src/session/looker.ts'

test('two units in one answer', () => {
  expect(
    parseUnits('ActiveState=deactivating\nResult=success\n\nActiveState=activating\nResult=success\n'),
  ).toEqual({
    unit: 'deactivating',
    result: 'success',
    ejecting: true,
  })
  expect(parseUnits('ActiveState=failed\nResult=exit-code\n\nActiveState=inactive\n')).toMatchObject({
    unit: 'failed',
    result: 'exit-code',
    ejecting: false,
  })
  expect(parseUnits('')).toEqual({ unit: 'unknown', result: '', ejecting: false })
})

test.each<[string, string, ReturnType<typeof parsePreparing>]>([
  ['under way', '{"version":1,"phase":"formatting","perMille":5}', { phase: 'formatting', perMille: 5 }],
  ['without a figure', '{"phase":"mapping"}', { phase: 'mapping' }],
  ['over', '{"phase":"done","perMille":1000}', undefined],
  ['failed', '{"phase":"failed"}', undefined],
  ['cancelled', '{"phase":"cancelled"}', undefined],
  ['half a file', '{"phase":"form', undefined],
  ['no object', '[1]', undefined],
  ['null', 'null', undefined],
  ['a phase that is none', '{"phase":"<b>now</b>"}', undefined],
  ['nothing', '', undefined],
])('a preparation: %s', (_name, text, wanted) => expect(parsePreparing(text)).toEqual(wanted))
