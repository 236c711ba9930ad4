// Requests side by side: what may overtake what, how much there may be, and who waits for whom at the end.
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { GatedExport } from './gated.ts'
import { eventually, serve } from './harness.ts'
import { MemoryExport, type RawClient } from './memory.ts'

const MiB = 1024 * 1024
const [READ, WRITE, DISCONNECT, FLUSH, TRIM] = [0, 1, 2, 3, 4]

async function attached(disc = new GatedExport()) {
  const served = await serve(disc)
  // Else nothing that waits would ever end when a test fails.
  onTestFinished(() => disc.open())
  const raw = served.client()
  await raw.go()
  return { ...served, raw }
}

const handles = async (raw: RawClient, count: number): Promise<bigint[]> => {
  const out: bigint[] = []
  for (let i = 0; i < count; i++) out.push((await raw.reply()).handle)
  return out
}

describe('order', () => {
  test('a long flush holds up neither reads nor writes', async () => {
    const { disc, raw } = await attached()
    raw.request(FLUSH, 0, 0, 0, 1n)
    raw.request(READ, 4096, 2048, 0, 2n)
    raw.request(WRITE, 0, 2048, 0, 3n)
    raw.send(Buffer.alloc(2048))
    await eventually(() => disc.calls.length === 3)
    disc.calls[1]?.end()
    expect(await raw.reply()).toEqual({ error: 0, handle: 2n })
    expect((await raw.take(2048)).equals(Buffer.alloc(2048, 2))).toBe(true)
    disc.calls[2]?.end()
    expect(await handles(raw, 1)).toEqual([3n])
    disc.calls[0]?.end()
    expect(await handles(raw, 1)).toEqual([1n])
  })

  test('started as they come, answered as they end', async () => {
    const { disc, raw } = await attached()
    const kinds = [WRITE, FLUSH, READ, TRIM, WRITE, READ, FLUSH] as const
    kinds.forEach((kind, i) => {
      raw.request(kind, i * 2048, 2048, 0, BigInt(i))
      if (kind === WRITE) raw.send(Buffer.alloc(2048))
    })
    await eventually(() => disc.calls.length === kinds.length)
    expect(disc.names).toEqual(['write', 'flush', 'read', 'trim', 'write', 'read', 'flush'])
    const last = [6, 0, 4, 1, 3]
    for (const i of last) {
      disc.calls[i]?.end()
      expect(await handles(raw, 1)).toEqual([BigInt(i)])
    }
  })

  test('replies are whole, also when many end at once', async () => {
    const { disc, raw } = await attached()
    for (let i = 0; i < 40; i++) raw.request(READ, i * 2048, 2048 * (1 + (i % 64)), 0, BigInt(i))
    await eventually(() => disc.calls.length === 40)
    for (const call of disc.calls.toReversed()) call.end()
    const seen: bigint[] = []
    for (let i = 0; i < 40; i++) {
      const { handle } = await raw.reply()
      const length = 2048 * (1 + (Number(handle) % 64))
      expect((await raw.take(length)).equals(Buffer.alloc(length, Number(handle)))).toBe(true)
      seen.push(handle)
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => BigInt(39 - i)))
  })

  test('a request that fails fails alone', async () => {
    const { disc, raw } = await attached()
    raw.request(READ, 0, 2048, 0, 1n)
    raw.request(READ, 0, 2048, 0, 2n)
    await eventually(() => disc.calls.length === 2)
    disc.calls[0]?.end(Object.assign(new Error('medium'), { errno: 5 }))
    expect(await raw.reply()).toEqual({ error: 5, handle: 1n })
    disc.calls[1]?.end()
    expect(await raw.reply()).toEqual({ error: 0, handle: 2n })
  })
})

describe('memory', () => {
  /** Sends without waiting, so that only the server decides how much it takes. */
  const flood = (raw: RawClient, type: number, length: number, count: number) => {
    for (let i = 0; i < count; i++) {
      raw.request(type, 0, length, 0, BigInt(i))
      if (type === WRITE) raw.send(Buffer.alloc(length))
    }
  }

  test.each([
    ['reads of 512 KiB', READ, MiB / 2, 4],
    ['writes of 512 KiB', WRITE, MiB / 2, 4],
    ['writes of 3 MiB', WRITE, 3 * MiB, 1],
    ['reads of 2 KiB', READ, 2048, 128],
    ['writes of 2 KiB', WRITE, 2048, 128],
    ['flushes', FLUSH, 0, 128],
  ])('%s', async (_, type, length, most) => {
    const { disc, raw } = await attached()
    const count = most + 20
    flood(raw, type, length, count)
    await eventually(() => disc.calls.length >= most)
    await sleep(50)
    expect(disc.calls).toHaveLength(most)
    disc.calls[0]?.end()
    await raw.reply()
    if (type === READ) await raw.take(length)
    await eventually(() => disc.calls.length === most + 1)
    disc.open()
    for (let i = 1; i < count; i++) {
      expect((await raw.reply()).error).toBe(0)
      if (type === READ) await raw.take(length)
    }
    expect(disc.mostBytes).toBeLessThanOrEqual(3 * MiB)
  })

  test('a request larger than all of it is served, alone', async () => {
    const { disc, raw } = await attached()
    raw.request(READ, 0, 2048, 0, 1n)
    raw.request(WRITE, 0, 32 * MiB, 0, 2n)
    raw.send(Buffer.alloc(32 * MiB))
    raw.request(READ, 0, 2048, 0, 3n)
    await eventually(() => disc.calls.length === 1)
    await sleep(50)
    expect(disc.names).toEqual(['read'])
    disc.calls[0]?.end()
    await raw.reply()
    await raw.take(2048)
    await eventually(() => disc.calls.length === 2)
    await sleep(50)
    expect(disc.names).toEqual(['read', 'write'])
    disc.calls[1]?.end()
    expect(await handles(raw, 1)).toEqual([2n])
    await eventually(() => disc.calls.length === 3)
    disc.calls[2]?.end()
    expect(await handles(raw, 1)).toEqual([3n])
  })

  test('a client that does not take its data gets no more than the budget read for it', async () => {
    const { disc, raw } = await attached()
    disc.open()
    raw.socket.pause()
    flood(raw, READ, MiB, 64)
    await sleep(150)
    // One more has gone into the system's buffers, in whole or in part.
    expect(disc.calls.length).toBeGreaterThanOrEqual(2)
    expect(disc.calls.length).toBeLessThanOrEqual(3)
    raw.socket.resume()
    for (let i = 0; i < 64; i++) {
      expect(await raw.reply()).toEqual({ error: 0, handle: BigInt(i) })
      await raw.take(MiB)
    }
  })

  test('a client that takes nothing for a minute is hung up on, and the next one served', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { disc, server, client, raw } = await attached()
    disc.open()
    raw.socket.pause()
    flood(raw, READ, MiB / 2, 3)
    await eventually(() => disc.calls.length === 3)
    await sleep(50)
    vi.advanceTimersByTime(59_000)
    await sleep(50)
    expect(server.attached).toBe(true)
    vi.advanceTimersByTime(1_001)
    await eventually(() => disc.names.at(-1) === 'settle')
    const next = client()
    expect((await next.go()).at(-1)?.type).toBe(1)
  })

  test('a client that owes a payload for a minute is hung up on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { disc, raw } = await attached()
    disc.open()
    raw.request(WRITE, 0, 4 * MiB, 0, 1n)
    raw.send(Buffer.alloc(3 * MiB))
    await sleep(50)
    vi.advanceTimersByTime(60_001)
    expect(await raw.take(1)).toHaveLength(0)
    expect(disc.names).toEqual(['settle'])
  })
})

describe('the end', () => {
  test.each([
    ['goodbye', (raw: RawClient) => raw.request(DISCONNECT, 0, 0)],
    ['no more to say', (raw: RawClient) => void raw.socket.end()],
    ['no request', (raw: RawClient) => raw.send(Buffer.alloc(28, 1))],
  ])('%s: what is under way is answered, then the disc settles', async (_, leave) => {
    const { disc, raw, server } = await attached()
    raw.request(FLUSH, 0, 0, 0, 1n)
    raw.request(READ, 0, 2048, 0, 2n)
    leave(raw)
    await eventually(() => disc.calls.length === 2)
    await sleep(30)
    disc.calls[1]?.end()
    expect(await handles(raw, 1)).toEqual([2n])
    await raw.take(2048)
    await sleep(30)
    expect(disc.names).toEqual(['flush', 'read'])
    expect(server.attached).toBe(true)
    disc.calls[0]?.end()
    expect(await handles(raw, 1)).toEqual([1n])
    await eventually(() => disc.names.at(-1) === 'settle')
    disc.open()
    expect(await raw.take(1)).toHaveLength(0)
  })

  test('gone: settles when what is under way has ended', async () => {
    const { disc, raw } = await attached()
    raw.request(FLUSH, 0, 0, 0, 1n)
    raw.request(READ, 0, MiB, 0, 2n)
    await eventually(() => disc.calls.length === 2)
    await raw.close()
    disc.calls[1]?.end()
    await sleep(50)
    expect(disc.names).toEqual(['flush', 'read'])
    disc.calls[0]?.end()
    await eventually(() => disc.names.at(-1) === 'settle')
  })

  test('close waits for what is under way, and for the disc to settle, and starts nothing more', async () => {
    const { disc, raw, server } = await attached()
    for (let i = 0; i < 200; i++) raw.request(FLUSH, 0, 0)
    await eventually(() => disc.calls.length === 128)
    let closed = false
    const closing = server.close().then(() => {
      closed = true
    })
    for (const call of disc.calls.slice(1)) call.end()
    await sleep(50)
    expect(disc.calls).toHaveLength(128)
    disc.calls[0]?.end()
    await eventually(() => disc.calls.length === 129)
    expect(disc.names.at(-1)).toBe('settle')
    await sleep(30)
    expect(closed).toBe(false)
    disc.open()
    await closing
  })
})

describe('TRIM', () => {
  test('is offered where the export has it, and may be as long as the disc', async () => {
    const { disc, client, raw } = await attached()
    disc.open()
    raw.request(TRIM, 4096, 512 * MiB, 0, 1n)
    expect(await raw.reply()).toEqual({ error: 0, handle: 1n })
    expect(disc.calls[0]).toMatchObject({ what: 'trim', offset: 4096, length: 512 * MiB })
    raw.request(TRIM, 0, 2048, 1, 2n)
    expect(await raw.reply()).toEqual({ error: 0, handle: 2n })
    expect(disc.names).toEqual(['trim', 'trim', 'flush'])
    raw.request(TRIM, 100, 2048, 0, 3n)
    expect(await raw.reply()).toEqual({ error: 22, handle: 3n })
    await raw.close()
    const [size] = await client().go()
    expect(size?.data.readUInt16BE(10)).toBe(0x3d)
  })

  test.each([
    ['an export without it', new MemoryExport(MiB), 0x1d],
    ['a read-only one', new GatedExport(true), 0x1f],
  ])('%s offers none and refuses it', async (_, disc, flags) => {
    const { client } = await serve<MemoryExport | GatedExport>(disc)
    if (disc instanceof GatedExport) disc.open()
    const raw = client()
    const [size] = await raw.go()
    expect(size?.data.readUInt16BE(10)).toBe(flags)
    raw.request(TRIM, 0, 2048)
    expect((await raw.reply()).error).toBe(22)
  })
})

test('data of another length than asked for is an error, not a riddle for the client', async () => {
  const disc = new MemoryExport(MiB)
  disc.read = async (_offset, length) => [Buffer.alloc(length + 1)]
  const { client } = await serve(disc)
  const raw = client()
  await raw.go()
  raw.request(READ, 0, 2048, 0, 1n)
  raw.request(FLUSH, 0, 0, 0, 2n)
  expect(await raw.reply()).toEqual({ error: 5, handle: 1n })
  expect(await raw.reply()).toEqual({ error: 0, handle: 2n })
})
