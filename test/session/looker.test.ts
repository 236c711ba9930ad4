// What other programs say, read.
import { expect, test } from 'vitest'
import { parseUnits } from '../../src/session/looker.ts'

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
  expect(
    parseUnits('ActiveState=inactive\nResult=success\n\nActiveState=failed\nResult=exit-code\n'),
  ).toEqual({
    unit: 'inactive',
    result: 'success',
    ejecting: false,
    ejectFailed: true,
  })
  expect(parseUnits('')).toEqual({ unit: 'unknown', result: '', ejecting: false })
})
