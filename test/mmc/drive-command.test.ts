import { expect, test } from 'vitest'
import { DriveError, type Policy, run } from '../../src/mmc/drive-command.ts'
import { TransportError } from '../../src/mmc/transport.ts'
import { testUnitReady } from '../../src/mmc/unit-control.ts'
import { type Answer, ManualClock, ScriptedTransport } from './script.ts'

async function outcome(answers: Answer[], policy: Policy = {}) {
  const transport = new ScriptedTransport(answers)
  const clock = new ManualClock()
  const error = await run(transport, testUnitReady(), { clock, ...policy }).then(
    () => undefined,
    (e: unknown) => e,
  )
  return { transport, clock, error, asked: transport.sent.length }
}

test.each([
  ['a new disc and a reset to tell of', ['6/28/00', '6/29/00'], 3],
  ['mode pages changed by another program', ['6/2A/01'], 2],
  ['not ready for a while', ['2/04/01', '2/04/01', '2/04/07'], 4],
  ['flow control of a Pioneer', ['2/04/08', '2/04/08'], 3],
  ['becoming ready under another key: the ASC counts', ['5/04/01'], 2],
  ['busy', [8, 8, 0x28], 4],
  ['a recovered error has done its work', ['1/18/00'], 1],
])('%s', async (_, answers: Answer[], asked) => {
  const result = await outcome(answers)
  expect(result.error).toBeUndefined()
  expect(result.asked).toBe(asked)
})

test('an answer that counts becomes an error with command, device and sense', async () => {
  const { error, asked } = await outcome(['3/0C/00'])
  expect(asked).toBe(1)
  expect(error).toBeInstanceOf(DriveError)
  expect(error).toMatchObject({
    message: 'sr0: TEST UNIT READY: 3/0C/00 write error',
    command: 'TEST UNIT READY',
    device: 'sr0',
    status: 2,
    sense: { key: 3, asc: 0x0c, ascq: 0 },
  })
})

test.each(['2/3A/01', '2/04/02', '2/04/03', '2/30/00', '5/20/00', '7/27/00', '0/54/9C'])(
  '%s is not waited for',
  async (answer) => {
    const { error, asked } = await outcome([answer])
    expect(error).toBeInstanceOf(DriveError)
    expect(asked).toBe(1)
  },
)

test('not ready for ever ends after the patience, with pauses that grow up to 1 s', async () => {
  const { error, clock } = await outcome(Array<Answer>(1000).fill('2/04/01'), { patienceMs: 10_000 })
  expect(error).toBeInstanceOf(DriveError)
  expect(clock.time).toBe(10_000)
  expect(clock.sleeps[0]).toBe(10)
  expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(1000)
  expect(clock.sleeps.length).toBeLessThan(25)
  expect(clock.sleeps.slice(0, 5)).toEqual(clock.sleeps.slice(0, 5).toSorted((a, b) => a - b))
})

test('without patience it asks once', async () => {
  const { asked, clock } = await outcome(['2/04/01', '2/04/01'], { patienceMs: 0 })
  expect(asked).toBe(1)
  expect(clock.sleeps).toEqual([])
})

test('a drive with nothing but attentions is not asked for ever', async () => {
  const { error, asked } = await outcome(Array<Answer>(50).fill('6/28/00'))
  expect(error).toMatchObject({ sense: { key: 6, asc: 0x28 } })
  expect(asked).toBe(5)
})

test('another disc is an error for who says so, a reset is not', async () => {
  expect((await outcome(['6/28/00'], { mediumChange: 'fail' })).error).toBeInstanceOf(DriveError)
  expect((await outcome(['6/29/00'], { mediumChange: 'fail' })).error).toBeUndefined()
})

test('a recovered error of an earlier command: this one was not carried out and is asked again', async () => {
  const transport = new ScriptedTransport()
  let asked = 0
  transport.execute = async () =>
    asked++ === 0
      ? { status: 2, sense: { key: 1, asc: 0x18, ascq: 0, deferred: true }, data: Buffer.alloc(0) }
      : { status: 0, data: Buffer.alloc(0) }
  await run(transport, testUnitReady(), { clock: new ManualClock() })
  expect(asked).toBe(2)
})

test('what the transport says goes through', async () => {
  const gone = new TransportError('gone', 'sr0: ENODEV')
  expect((await outcome([gone])).error).toBe(gone)
})

test('a status without sense is told as it is', async () => {
  expect((await outcome([0x18])).error).toMatchObject({ message: 'sr0: TEST UNIT READY: status 18h' })
})
