import { expect, test } from 'vitest'
import { readBlocksCommand, writeBlocksCommand } from '../../src/mmc/read-write.ts'
import { openSg } from '../../src/mmc/sg.ts'
import { cdbLengthOf, decodeAnswer, encodeRequest } from '../../src/mmc/sg-header.ts'
import { TransportError } from '../../src/mmc/transport.ts'
import { testUnitReady } from '../../src/mmc/unit-control.ts'
import { bytes } from '../media/recorded.ts'
import { FakeSg } from './sg-fake.ts'

const open = async (fake: FakeSg) =>
  await openSg('/dev/sg1', { device: 'sr0', maxTransferBytes: 122_880, calls: fake })

const failure = async (promise: Promise<unknown>): Promise<TransportError> => {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(TransportError)
  return error as TransportError
}

test('header of a command with data from the drive', () => {
  const buffer = Buffer.alloc(100, 0xff)
  const length = encodeRequest(buffer, 7, bytes('12 00 00 00 24 00'), 36)
  expect(length).toBe(42)
  expect(buffer.subarray(0, 42).toString('hex')).toBe(
    `0000000048000000070000000000000000000000${'00'.repeat(16)}120000002400`,
  )
})

test('header of a command with data to the drive: the reply is the header alone', () => {
  const buffer = Buffer.alloc(100, 0xff)
  const length = encodeRequest(buffer, 1, bytes('55 10 00 00 00 00 00 00 04 00'), 0, [
    bytes('de ad'),
    bytes('be ef'),
  ])
  expect(length).toBe(50)
  expect(buffer.readInt32LE(4)).toBe(36)
  expect(buffer.subarray(36, 50).toString('hex')).toBe('55100000000000000400' + 'deadbeef')
})

test('bit fields of a reply: target_status 1 is CHECK CONDITION, driver_status 8 means sense', () => {
  const header = Buffer.alloc(36)
  header.writeInt32LE(5, 8)
  header.writeUInt32LE((1 << 1) | (0 << 6) | (8 << 14), 16)
  header.set(bytes('70 00 05 00 00 00 00 0a 00 00 00 00 21 02 00 00'), 20)
  expect(decodeAnswer(header)).toEqual({
    packId: 5,
    status: 2,
    hostStatus: 0,
    driverStatus: 8,
    sense: { key: 5, asc: 0x21, ascq: 2 },
  })
  header.writeUInt32LE(((4 << 1) | (3 << 6)) >>> 0, 16)
  expect(decodeAnswer(header)).toMatchObject({ status: 8, hostStatus: 3 })
})

test('CDB lengths by group, none for 16 bytes', () => {
  expect([0x00, 0x28, 0x5a, 0xad, 0x88, 0x7f, 0xc0].map(cdbLengthOf)).toEqual([
    6,
    10,
    10,
    12,
    undefined,
    undefined,
    undefined,
  ])
})

test('reads and writes go through whole', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  const packet = Buffer.alloc(65_536, 0x5a)
  await transport.execute(writeBlocksCommand(32, [packet]))
  expect(fake.requests[0]?.dataOut.equals(packet)).toBe(true)
  expect(fake.requests[0]?.replyLength).toBe(36)
  const other = Buffer.alloc(65_536, 0xa5)
  fake.answers = [{ data: other }]
  const reply = await transport.execute(readBlocksCommand(32, 32))
  expect(reply.status).toBe(0)
  expect(reply.data.equals(other)).toBe(true)
})

test('replies are not overwritten by later ones', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ data: Buffer.alloc(2048, 1) }, { data: Buffer.alloc(2048, 2) }]
  const first = await transport.execute(readBlocksCommand(0, 1))
  await transport.execute(readBlocksCommand(1, 1))
  expect(first.data.equals(Buffer.alloc(2048, 1))).toBe(true)
})

test('a check condition is a reply', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ sense: bytes('f0 00 03 00 00 02 20 0a 00 00 00 00 0c 00 00 00 00 00') }]
  const reply = await transport.execute(testUnitReady())
  expect(reply).toMatchObject({ status: 2, sense: { key: 3, asc: 0x0c, ascq: 0, information: 0x220 } })
})

test('commands asked for at once go one after the other', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ delayMs: 5, data: Buffer.alloc(2048, 1) }, { data: Buffer.alloc(2048, 2) }]
  const replies = await Promise.all([
    transport.execute(readBlocksCommand(0, 1)),
    transport.execute(readBlocksCommand(1, 1)),
  ])
  expect(replies.map((r) => r.data[0])).toEqual([1, 2])
  expect(fake.opened).toBe(1)
})

test('waiting polls with growing pauses, not in a busy loop', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ delayMs: 300 }]
  // This thread's alone: other tests run in others.
  const before = performance.eventLoopUtilization()
  await transport.execute(testUnitReady())
  const { utilization } = performance.eventLoopUtilization(before)
  expect(fake.reads).toBeLessThan(400)
  expect(utilization).toBeLessThan(2 / 3)
})

test('no answer in time: a timeout, then the next command has a descriptor of its own', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ delayMs: Number.POSITIVE_INFINITY }]
  const started = performance.now()
  expect((await failure(transport.execute({ ...testUnitReady(), timeoutMs: 50 }))).reason).toBe('timeout')
  expect(performance.now() - started).toBeLessThan(9000)
  expect(fake.open_.size).toBe(0)
  expect((await transport.execute(testUnitReady())).status).toBe(0)
  expect(fake.opened).toBe(2)
})

test('a write that sleeps in the kernel is given up; its descriptor is closed when it wakes, not before', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ stuck: true }]
  const error = await failure(transport.execute({ ...testUnitReady(), timeoutMs: 20 }))
  expect(error.reason).toBe('timeout')
  expect(fake.open_.has(100)).toBe(true)
  expect((await transport.execute(testUnitReady())).status).toBe(0)
  fake.wake()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect([...fake.open_.keys()]).toEqual([101])
})

test.each([
  ['ENODEV', 'gone'],
  ['ENXIO', 'gone'],
  ['EINVAL', 'refused'],
  ['EDOM', 'refused'],
  ['EIO', 'host'],
])('write fails with %s: %s', async (code, reason) => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ writeError: code }]
  const error = await failure(transport.execute(testUnitReady()))
  expect(error.reason).toBe(reason)
  expect(error.message).toBe(`sr0: TEST UNIT READY: write: ${code}`)
  expect((await transport.execute(testUnitReady())).status).toBe(0)
})

test.each([
  [{ readError: 'ENODEV' }, 'gone'],
  [{ readError: 'EIO' }, 'host'],
  [{ hostStatus: 1 }, 'gone'],
  [{ hostStatus: 3 }, 'timeout'],
  [{ hostStatus: 7 }, 'host'],
  [{ packId: 4711 }, 'host'],
])('%j is %s', async (answer, reason) => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [answer]
  expect((await failure(transport.execute(testUnitReady()))).reason).toBe(reason)
})

test('what sg would not take is refused before it is sent', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  const errors = [
    await failure(transport.execute(readBlocksCommand(0, 61))),
    await failure(transport.execute({ cdb: new Uint8Array(16).fill(0x88, 0, 1) })),
    await failure(transport.execute({ cdb: bytes('28 00 00 00 00 00') })),
    await failure(transport.execute({ ...testUnitReady(), dataIn: 1, dataOut: new Uint8Array(1) })),
  ]
  expect(errors.map((e) => e.reason)).toEqual(['refused', 'refused', 'refused', 'refused'])
  expect(fake.requests).toHaveLength(0)
})

test.each([
  ['EACCES', 'refused'],
  ['ENOENT', 'gone'],
  ['ENXIO', 'gone'],
])('open fails with %s: %s', async (code, reason) => {
  const fake = new FakeSg()
  fake.openError = code
  expect((await failure(open(fake))).reason).toBe(reason)
})

test('a real file that is not there, through the real calls', async () => {
  const error = await failure(openSg('/dev/does-not-exist-sg99'))
  expect(error.reason).toBe('gone')
  expect(error.message).toContain('ENOENT')
})

test('closed is closed, and close waits for the command under way', async () => {
  const fake = new FakeSg()
  const transport = await open(fake)
  fake.answers = [{ delayMs: 20 }]
  const reply = transport.execute(testUnitReady())
  await transport.close()
  expect((await reply).status).toBe(0)
  expect(fake.open_.size).toBe(0)
  expect((await failure(transport.execute(testUnitReady()))).reason).toBe('gone')
})

test('a queue limit of many MiB does not become a buffer of many MiB', async () => {
  const transport = await openSg('/dev/sg1', { maxTransferBytes: 32 << 20, calls: new FakeSg() })
  expect(transport.maxTransferBytes).toBe(256 * 1024)
})
