import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { eventually, serve } from './harness.ts'
import { goData, MemoryExport, optionBytes } from './memory.ts'

const MiB = 1024 * 1024
describe('handshake', () => {
  test('GO tells size, flags and block sizes', async () => {
    const { client } = await serve()
    const replies = await client().go()
    expect(replies.map((r) => r.type)).toEqual([3, 3, 1])
    const [size, sizes] = replies
    expect(size?.data.toString('hex')).toBe(`0000${(64 * MiB).toString(16).padStart(16, '0')}001d`)
    expect([2, 6, 10].map((at) => sizes?.data.readUInt32BE(at))).toEqual([2048, 65_536, 32 * MiB])
  })

  test('a read-only export says so', async () => {
    const { client } = await serve(new MemoryExport(MiB, true))
    const [size] = await client().go()
    expect(size?.data.readUInt16BE(10)).toBe(0x1f)
  })

  test('the empty name is the export too, another is unknown, and one may try again', async () => {
    const { client } = await serve()
    const raw = client()
    expect((await raw.go('other')).map((r) => r.type)).toEqual([0x8000_0006])
    expect((await raw.option(6, goData(''))).map((r) => r.type)).toEqual([3, 3, 1])
    expect((await raw.option(7, goData(''))).map((r) => r.type)).toEqual([3, 3, 1])
  })

  test('LIST names it; structured replies, TLS and unknown options are not supported; ABORT ends', async () => {
    const { client } = await serve()
    const raw = client()
    await raw.hello()
    const list = await raw.option(3)
    expect(list.map((r) => [r.type, r.data.toString('latin1')])).toEqual([
      [2, '\0\0\0\x04disc'],
      [1, ''],
    ])
    for (const option of [5, 8, 9, 10, 11, 77]) {
      expect((await raw.option(option)).map((r) => r.type)).toEqual([0x8000_0001])
    }
    expect((await raw.option(7, Buffer.from([0, 0, 0, 99, 0, 0]))).map((r) => r.type)).toEqual([0x8000_0003])
    expect((await raw.option(6, Buffer.alloc(70_000))).map((r) => r.type)).toEqual([0x8000_0009])
    expect((await raw.option(2)).map((r) => r.type)).toEqual([1])
    expect(await raw.take(1)).toHaveLength(0)
  })

  test.each([
    [3, 10],
    [1, 134],
  ])('EXPORT_NAME, client flags %d: %d bytes, no header', async (flags, length) => {
    const { client } = await serve()
    const raw = client()
    await raw.hello(flags)
    raw.send(optionBytes(1, Buffer.from('disc')))
    expect((await raw.take(length)).readBigUInt64BE(0)).toBe(BigInt(64 * MiB))
    raw.request(3, 0, 0)
    expect(await raw.reply()).toEqual({ error: 0, handle: 1n })
  })
})

describe('transmission', () => {
  test('what is written is read, also in requests sent in one go', async () => {
    const { client, disc } = await serve()
    const raw = client()
    await raw.go()
    const data = Buffer.alloc(4 * MiB, 'abc')
    raw.request(1, 2048, data.length, 1, 5n)
    raw.send(data)
    raw.request(0, 2048, data.length, 0, 6n)
    raw.request(3, 0, 0, 0, 7n)
    expect(await raw.reply()).toEqual({ error: 0, handle: 5n })
    expect(await raw.reply()).toEqual({ error: 0, handle: 6n })
    expect((await raw.take(data.length)).equals(data)).toBe(true)
    expect(await raw.reply()).toEqual({ error: 0, handle: 7n })
    expect([disc.fuas, disc.flushes, disc.longestWrite]).toEqual([1, 1, 4 * MiB])
  })

  test('errors by number, and the connection goes on', async () => {
    const { client, disc } = await serve()
    const raw = client()
    await raw.go()
    const expectError = async (error: number) => expect((await raw.reply()).error).toBe(error)
    for (const [type, offset, length, flags] of [
      [0, 1, 2048, 0],
      [0, 0, 100, 0],
      [0, 0, 65 * MiB, 0],
      [4, 0, 2048, 0], // TRIM and WRITE ZEROES are not offered
      [6, 0, 2048, 0],
      [99, 0, 0, 0],
      [0, 0, 2048, 2],
    ] as const) {
      raw.request(type, offset, length, flags)
      await expectError(22)
    }
    raw.request(1, 0, 100)
    raw.send(Buffer.alloc(100))
    await expectError(22)
    raw.request(0, 2n ** 63n, 2048)
    await expectError(28)
    disc.failure = new Error('no errno')
    raw.request(3, 0, 0)
    await expectError(5)
    disc.failure = Object.assign(new Error('a stranger to NBD'), { errno: -2 })
    raw.request(3, 0, 0)
    await expectError(5)
    raw.request(3, 0, 0)
    await expectError(0)
  })

  test('a write longer than we take is drained and refused', async () => {
    const { client, disc } = await serve()
    const raw = client()
    await raw.go()
    const piece = Buffer.alloc(MiB)
    raw.request(1, 0, 65 * MiB)
    for (let i = 0; i < 65; i++) raw.send(piece)
    expect((await raw.reply()).error).toBe(22)
    expect(disc.longestWrite).toBe(0)
  })

  test('goodbye and hanging up both settle the disc', async () => {
    const { client, disc, server } = await serve()
    const first = client()
    await first.go()
    expect(server.attached).toBe(true)
    first.request(2, 0, 0)
    await eventually(() => disc.settles === 1)
    const second = client()
    await second.go()
    await second.close()
    await eventually(() => disc.settles === 2)
    expect(server.attached).toBe(false)
  })
})

test('one client at a time: the second is told why, may ask, and gets it when the first has gone', async () => {
  const { client } = await serve()
  const first = client()
  await first.go()
  const second = client()
  const refusal = await second.go()
  expect(refusal.map((r) => [r.type, r.data.toString()])).toEqual([
    [0x8000_0002, 'another client has the disc'],
  ])
  expect((await second.option(6, goData('disc'))).map((r) => r.type)).toEqual([3, 3, 1])
  await first.close()
  let last: number | undefined
  for (let i = 0; i < 100 && last !== 1; i++) {
    last = (await second.option(7, goData('disc'))).at(-1)?.type
    if (last !== 1) await sleep(10)
  }
  expect(last).toBe(1)
})

test('close lets the request that runs end, then hangs up and settles', async () => {
  const { client, disc, server } = await serve()
  const raw = client()
  await raw.go()
  let go = () => {}
  disc.hold = new Promise((resolve) => {
    go = resolve
  })
  raw.request(1, 0, 2048, 0)
  raw.send(Buffer.alloc(2048, 1))
  await sleep(30)
  const closed = server.close()
  go()
  await closed
  expect(disc.content[0]).toBe(1)
  expect(disc.settles).toBe(1)
  expect(await raw.take(1)).toHaveLength(0)
})
