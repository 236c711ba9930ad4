// Anything at all on the socket: the server never crashes or hangs, answers what was asked and nothing else, keeps
// nothing, and serves the next client.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventually, serve, settledSockets, sockets, stillServes } from './harness.ts'
import { goData, MemoryExport, optionBytes, type RawClient, requestBytes } from './memory.ts'
import { fuzz } from './seed.ts'

const KiB = 1024
const MiB = 1024 * KiB
const size = MiB

/** All that the server says until it hangs up, which it must. */
async function rest(raw: RawClient): Promise<Buffer> {
  const parts: Buffer[] = []
  for (;;) {
    const part = await raw.take(65_536)
    parts.push(part)
    if (part.length < 65_536) return Buffer.concat(parts)
  }
}

const flags = Buffer.from([0, 0, 0, 3])
const go = optionBytes(7, goData('disc'))
const any = (maxLength: number) => fc.uint8Array({ maxLength }).map(Buffer.from)

test('any bytes, in any phase', async () => {
  const served = await serve(new MemoryExport(size))
  const before = await settledSockets()
  const magic = fc.constantFrom(
    Buffer.from('IHAVEOPT'),
    Buffer.from([0x25, 0x60, 0x95, 0x13]),
    Buffer.from([0, 0, 0, 7]),
    Buffer.alloc(8),
  )
  const noise = fc.array(fc.oneof(magic, any(60)), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('flags', 'options', 'requests'), noise, async (phase, bytes) => {
      const raw = served.client()
      if (phase === 'options') raw.send(flags)
      if (phase === 'requests') raw.send(flags, go)
      raw.send(...bytes)
      raw.socket.end()
      await rest(raw)
    }),
    fuzz(200),
  )
  await stillServes(served)
  await eventually(() => sockets() === before)
})

test('a session with bytes changed, left out and put in', async () => {
  const served = await serve(new MemoryExport(size))
  const before = await settledSockets()
  const session = Buffer.concat([
    flags,
    optionBytes(3),
    optionBytes(6, goData('')),
    go,
    requestBytes(1, 4096, 2048, 1, 1n),
    Buffer.alloc(2048, 1),
    requestBytes(0, 4096, 2048, 0, 2n),
    requestBytes(3, 0, 0, 0, 3n),
    requestBytes(2, 0, 0, 0, 4n),
  ])
  const mutation = fc.record({
    // Not in the payload, which may be anything.
    at: fc.oneof(fc.nat(140), fc.integer({ min: session.length - 84, max: session.length })),
    remove: fc.oneof(fc.constant(0), fc.nat(40)),
    insert: fc.oneof(any(4), any(64), fc.constant(Buffer.alloc(4, 0xff))),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.boolean(), async (list, rude) => {
      let bytes: Buffer = session
      for (const { at, remove, insert } of list) {
        bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])
      }
      const raw = served.client()
      raw.send(bytes)
      if (rude) return raw.close()
      raw.socket.end()
      await rest(raw)
    }),
    fuzz(200),
  )
  await stillServes(served)
  await eventually(() => sockets() === before)
})

test('a session cut off after every byte: answered as far as it was understood', async () => {
  const served = await serve(new MemoryExport(size))
  const session = Buffer.concat([
    flags,
    optionBytes(8),
    go,
    requestBytes(1, 0, 2048, 0, 1n),
    Buffer.alloc(2048, 1),
    requestBytes(0, 0, 4096, 0, 2n),
    requestBytes(1, 0, 20, 0, 3n),
    Buffer.alloc(20),
    requestBytes(3, 0, 0, 0, 4n),
  ])
  const answersTo = async (bytes: Buffer): Promise<Buffer> => {
    const raw = served.client()
    raw.send(bytes)
    raw.socket.end()
    return rest(raw)
  }
  const all = await answersTo(session)
  let longest = 0
  // Within the first payload, every 61st.
  const payload = 4 + 16 + 16 + 10 + 28
  for (
    let length = 0;
    length < session.length;
    length += length > payload && length < payload + 1900 ? 61 : 1
  ) {
    const got = await answersTo(session.subarray(0, length))
    expect(all.subarray(0, got.length).equals(got)).toBe(true)
    expect(got.length).toBeGreaterThanOrEqual(longest)
    longest = got.length
  }
  expect(longest).toBe(all.length - 16)
  await stillServes(served)
})

test('options of any number and length: each is answered by its own number', async () => {
  const served = await serve(new MemoryExport(size))
  const option = fc.record({
    number: fc.oneof(fc.constantFrom(3, 5, 6, 8, 10, 0xffff_ffff), fc.integer({ min: 11, max: 2 ** 32 - 1 })),
    data: fc.oneof(
      any(40),
      fc.integer({ min: 0, max: 200_000 }).map((n) => Buffer.alloc(n, 1)),
    ),
    /** Claims this many bytes more than come, and nothing follows. */
    short: fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 31 }) },
    ),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(option, { maxLength: 12 }), async (options) => {
      const raw = served.client()
      raw.send(flags)
      const whole = options.findIndex(({ short }) => short > 0)
      const sent = whole < 0 ? options : options.slice(0, whole + 1)
      for (const { number, data, short } of sent) raw.send(optionBytes(number, data, data.length + short))
      raw.socket.end()
      const said = await rest(raw)
      const ended: number[] = []
      for (let at = 18; at < said.length; ) {
        expect(said.readBigUInt64BE(at)).toBe(0x0003e889045565a9n)
        const type = said.readUInt32BE(at + 12)
        if (type === 1 || type >= 0x8000_0000) ended.push(said.readUInt32BE(at + 8))
        at += 20 + said.readUInt32BE(at + 16)
      }
      expect(ended).toEqual((whole < 0 ? sent : sent.slice(0, -1)).map(({ number }) => number))
    }),
    fuzz(60),
  )
  await stillServes(served)
})

test('requests with any fields: each one that came in full is answered once, with the error that fits', async () => {
  const served = await serve(new MemoryExport(size))
  const small = fc.nat(40).map((blocks) => blocks * 2048)
  const request = fc.record({
    magic: fc.oneof(
      { weight: 30, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    type: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(0, 1, 3) },
      { weight: 5, arbitrary: fc.constantFrom(4, 5, 6, 7, 99, 0xffff) },
      { weight: 1, arbitrary: fc.constant(2) },
    ),
    flags: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(0, 1) },
      { weight: 1, arbitrary: fc.nat(0xffff) },
    ),
    offset: fc.oneof(
      { weight: 5, arbitrary: small.map(BigInt) },
      { weight: 1, arbitrary: fc.bigInt(0n, 2n ** 64n - 1n) },
    ),
    length: fc.oneof(
      { weight: 8, arbitrary: small },
      fc.nat(5000),
      fc.constantFrom(0xffff_ffff, 2 ** 31, 64 * MiB + 2048),
    ),
  })
  type Request = typeof request extends fc.Arbitrary<infer T> ? T : never
  const errorOf = ({ type, flags: flag, offset, length }: Request): number => {
    if ((flag & ~1) !== 0) return 22
    if (type === 3) return 0
    if (type > 1 || Number(offset) % 2048 !== 0 || length % 2048 !== 0 || length > 64 * MiB) return 22
    return Number(offset) + length > size ? 28 : 0
  }
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 30 }), async (requests) => {
      const raw = served.client()
      raw.send(flags)
      while ((await raw.take(18)).length === 18 && (await raw.option(7, goData('disc'))).at(-1)?.type !== 1) {
        throw new Error('the one before is still there')
      }
      const expected = new Map<bigint, { error: number; data: number }>()
      for (const [i, asked] of requests.entries()) {
        const head = requestBytes(asked.type, asked.offset, asked.length, asked.flags, BigInt(i))
        if (!asked.magic) head.fill(0, 0, 4)
        raw.send(head)
        if (!asked.magic || asked.type === 2) break
        if (asked.type === 1) {
          raw.send(Buffer.alloc(Math.min(asked.length, 100 * KiB)))
          if (asked.length > 100 * KiB) break
        }
        const error = errorOf(asked)
        expected.set(BigInt(i), { error, data: asked.type === 0 && error === 0 ? asked.length : 0 })
      }
      raw.socket.end()
      const said = await rest(raw)
      for (let at = 0; at < said.length; ) {
        expect(said.readUInt32BE(at)).toBe(0x67446698)
        const handle = said.readBigUInt64BE(at + 8)
        const right = expected.get(handle)
        expect(said.readUInt32BE(at + 4)).toBe(right?.error)
        expected.delete(handle)
        at += 16 + (right?.data ?? 0)
        expect(at).toBeLessThanOrEqual(said.length)
      }
      expect([...expected]).toEqual([])
      // The next run attaches when this one has been forgotten.
      await eventually(() => !served.server.attached)
    }),
    fuzz(150),
  )
  await stillServes(served)
})
