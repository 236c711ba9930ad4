// Any requests, sent without waiting, on an export that takes its time: the answers are those of one after the other.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Export } from '../../src/nbd/export.ts'
import { serve } from './harness.ts'
import { requestBytes } from './memory.ts'
import { fuzz } from './seed.ts'

const block = 2048
const blocks = 96
const [READ, WRITE, FLUSH, TRIM] = [0, 1, 3, 4]

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Requests end after delays of their own; those that overlap in the order of the calls, as an export has to see to. */
class DelayedExport implements Export {
  readonly sizeBytes = blocks * block
  readonly blockSize = block
  readonly preferredBytes = 65_536
  readonly readOnly = false
  readonly content = Buffer.alloc(this.sizeBytes)
  /** Turns of the event loop that each request takes. */
  delays: number[] = []
  /** Every call: kind, offset, length. */
  calls: [number, number, number][] = []
  #running = new Set<{ offset: number; end: number; done: Promise<unknown> }>()

  read(offset: number, length: number): Promise<readonly Buffer[]> {
    return this.#run(READ, offset, length, () => [
      Buffer.from(this.content.subarray(offset, offset + length / 2)),
      Buffer.from(this.content.subarray(offset + length / 2, offset + length)),
    ])
  }

  write(offset: number, data: Buffer): Promise<void> {
    // Taken late: what the server did to the buffer meanwhile would be seen.
    return this.#run(WRITE, offset, data.length, () => void data.copy(this.content, offset))
  }

  trim(offset: number, length: number): Promise<void> {
    return this.#run(TRIM, offset, length, () => void this.content.fill(0, offset, offset + length))
  }

  flush(): Promise<void> {
    return this.#run(FLUSH, 0, 0, () => undefined)
  }

  async settle(): Promise<void> {}

  #run<T>(kind: number, offset: number, length: number, job: () => T): Promise<T> {
    const end = offset + length
    const before = [...this.#running].filter((other) => other.offset < end && offset < other.end)
    const delay = this.delays[this.calls.length] ?? 0
    this.calls.push([kind, offset, length])
    const carriedOut = (async () => {
      await Promise.allSettled(before.map(({ done }) => done))
      await turns(delay)
      if (end > this.sizeBytes) throw Object.assign(new Error('past the end'), { errno: 28 })
      return job()
    })()
    const entry = { offset, end, done: carriedOut }
    this.#running.add(entry)
    void carriedOut.catch(() => undefined).finally(() => this.#running.delete(entry))
    return carriedOut
  }
}

const request = fc.record({
  kind: fc.constantFrom(READ, READ, WRITE, WRITE, WRITE, FLUSH, TRIM),
  at: fc.nat(blocks),
  length: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: blocks })),
  fill: fc.integer({ min: 1, max: 255 }),
  fua: fc.boolean(),
  delay: fc.oneof(fc.constant(0), fc.nat(6)),
})

test('consistent with the order in which the requests were sent', async () => {
  const disc = new DelayedExport()
  const { client, problems } = await serve(disc)
  const raw = client()
  await raw.go()
  const requests = fc.array(request, { minLength: 1, maxLength: 60 })
  const cuts = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(requests, cuts, async (asked, pieces) => {
      const model = Buffer.from(disc.content)
      disc.calls = []
      disc.delays = asked.map(({ delay }) => delay)
      const sent: Buffer[] = []
      const expected = asked.map(({ kind, at, length, fill, fua }, i) => {
        const offset = kind === FLUSH ? 0 : at * block
        const bytes = kind === FLUSH ? 0 : length * block
        sent.push(requestBytes(kind, offset, bytes, fua ? 1 : 0, BigInt(i)))
        const payload = Buffer.alloc(bytes, Buffer.from([fill, i, fill ^ i]))
        if (kind === WRITE) sent.push(payload)
        if (offset + bytes > model.length) return { error: 28, data: undefined }
        if (kind === WRITE) payload.copy(model, offset)
        if (kind === TRIM) model.fill(0, offset, offset + bytes)
        const data = kind === READ ? Buffer.from(model.subarray(offset, offset + bytes)) : undefined
        return { error: 0, data }
      })
      const stream = Buffer.concat(sent)
      const sending = (async () => {
        for (let at = 0, i = 0; at < stream.length; i++) {
          const next = at + (pieces[i % pieces.length] ?? 1)
          raw.send(stream.subarray(at, next))
          at = next
          await turns(1)
        }
      })()
      const answered = new Set<number>()
      while (answered.size < asked.length) {
        const { error, handle } = await raw.reply()
        const i = Number(handle)
        expect(answered.has(i)).toBe(false)
        answered.add(i)
        expect(error).toBe(expected[i]?.error)
        const data = expected[i]?.data
        if (data !== undefined) expect((await raw.take(data.length)).equals(data)).toBe(true)
      }
      await sending
      expect(disc.content.equals(model)).toBe(true)
      // A TRIM with FUA is followed by a flush of the server's own, at any time.
      const started = disc.calls.filter(([kind]) => kind !== FLUSH)
      const order = asked.filter(({ kind }) => kind !== FLUSH)
      expect(started).toEqual(order.map(({ kind, at, length }) => [kind, at * block, length * block]))
    }),
    fuzz(60),
  )
  expect(problems).toEqual([])
})
