// When the engine says that it is alive, and when it counts as one that hangs.
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Unanswered, type Waiting } from '../../src/engine/unanswered.ts'
import { hangs, keepBeating } from '../../src/engine/watchdog.ts'
import { readBlocksCommand } from '../../src/mmc/read-write.ts'
import type { Reply, Transport } from '../../src/mmc/transport.ts'
import type { Export } from '../../src/nbd/export.ts'
import { stage } from './harness.ts'

const minute = 60_000
const command = (since: number, limitMs = 70_000) => ({ name: 'READ (10)', since, limitMs })

describe('hangs', () => {
  test.each<[string, Waiting, number, number, RegExp | undefined]>([
    ['nothing to do for an hour', { answered: 0 }, 60 * minute, 0, undefined],
    ['a timer a little late', { answered: 0 }, 15_000, 9_000, undefined],
    ['a timer half a minute late', { answered: 0 }, 45_000, 30_000, /timer came 30 s late/],
    ['a command within its limit', { answered: 0, command: command(0) }, 70_000, 0, undefined],
    ['a command past its limit', { answered: 0, command: command(0) }, 91_000, 0, /READ \(10\).*91 s/],
    ['one with a longer limit', { answered: 0, command: command(0, 120_000) }, 91_000, 0, undefined],
    ['a request just come', { answered: 0, request: 60 * minute }, 60 * minute, 0, undefined],
    ['a request with an idle drive', { answered: 0, request: 0 }, 6 * minute, 0, /waited for 360 s/],
    ['a request that the drive works for', { answered: 58 * minute, request: 0 }, 60 * minute, 0, undefined],
    [
      'a request whose command is at the drive',
      { answered: 0, request: 0, command: command(59 * minute) },
      60 * minute,
      0,
      undefined,
    ],
  ])('%s', (_, waiting, now, lateMs, expected) => {
    const why = hangs(waiting, now, lateMs)
    if (expected === undefined) expect(why).toBeUndefined()
    else expect(why).toMatch(expected)
  })
})

/** Time that passes when `pass` is called; sleeps end `late` ms after they should. */
class Clock {
  late = 0
  #now = 0
  readonly sleeps: { until: number; wake: () => void }[] = []
  now = (): number => this.#now
  sleep = (ms: number): Promise<void> =>
    new Promise((wake) => this.sleeps.push({ until: this.#now + ms, wake }))
  async pass(): Promise<void> {
    const next = this.sleeps.shift()
    if (next === undefined) throw new Error('nobody sleeps')
    this.#now = next.until + this.late
    next.wake()
    await turn()
  }
  forward(ms: number): void {
    this.#now += ms
  }
}

function beating(waiting: () => Waiting, beat: () => Promise<void> = async () => undefined) {
  const clock = new Clock()
  const beats: number[] = []
  const errors: string[] = []
  let ended = false
  const done = keepBeating({
    clock,
    limitMs: 60_000,
    waiting,
    beat: () => {
      beats.push(clock.now())
      return beat()
    },
    log: { error: (text) => errors.push(text), warning: () => undefined, info: () => undefined },
    ended: () => ended,
  })
  return { clock, beats, errors, done, end: () => (ended = true) }
}

describe('the beat', () => {
  test('comes four times a minute, and ends when it is over', async () => {
    const { clock, beats, errors, done, end } = beating(() => ({ answered: 0 }))
    for (let i = 0; i < 4; i++) await clock.pass()
    expect(beats).toEqual([15_000, 30_000, 45_000, 60_000])
    end()
    await clock.pass()
    await done
    expect([beats.length, errors]).toEqual([4, []])
  })

  test('is left out after a late timer, and comes again after one that is not', async () => {
    const { clock, beats, errors } = beating(() => ({ answered: 0 }))
    clock.late = 40_000
    await clock.pass()
    expect(beats).toEqual([])
    expect(errors).toEqual([expect.stringMatching(/timer came 40 s late/)])
    clock.late = 0
    await clock.pass()
    expect(beats).toEqual([70_000])
  })

  test('one that fails is reported, and the next one is tried', async () => {
    const { clock, beats, errors } = beating(
      () => ({ answered: 0 }),
      () => Promise.reject(new Error('spawn systemd-notify ENOENT')),
    )
    await clock.pass()
    await clock.pass()
    expect(beats).toHaveLength(2)
    expect(errors[0]).toMatch(/systemd does not learn .* ENOENT/)
  })
})

/** A promise that settles when the test says so. */
function gate<T>() {
  let open: (value: T) => void = () => undefined
  const promise = new Promise<T>((resolve) => {
    open = resolve
  })
  return { promise, open: (value: T) => open(value) }
}

describe('what has no answer', () => {
  test('a command that never ends stops the beat after its limit', async () => {
    const clock = new Clock()
    const unanswered = new Unanswered(clock)
    const drive: Transport = {
      maxTransferBytes: 65_536,
      execute: () => new Promise<Reply>(() => undefined),
      close: async () => undefined,
    }
    void unanswered.drive(drive).execute(readBlocksCommand(0, 1))
    expect(unanswered.waiting.command).toEqual({ name: 'READ (10)', since: 0, limitMs: 70_000 })
    clock.forward(91_000)
    expect(hangs(unanswered.waiting, clock.now(), 0)).toMatch(/READ \(10\)/)
  })

  test('a command counts from when the drive has it, not from when it was queued', async () => {
    const clock = new Clock()
    const unanswered = new Unanswered(clock)
    const first = gate<Reply>()
    const answers = [first.promise, new Promise<Reply>(() => undefined)]
    const drive = unanswered.drive({
      maxTransferBytes: 65_536,
      execute: () => answers.shift() as Promise<Reply>,
      close: async () => undefined,
    })
    const done = drive.execute(readBlocksCommand(0, 1))
    void drive.execute(readBlocksCommand(1, 1))
    clock.forward(69_000)
    first.open({ status: 0, data: Buffer.alloc(0) })
    await done
    expect(unanswered.waiting).toEqual({
      answered: 69_000,
      command: { name: 'READ (10)', since: 69_000, limitMs: 70_000 },
    })
  })

  test('a request that never ends stops the beat, and one that failed does not', async () => {
    const clock = new Clock()
    const unanswered = new Unanswered(clock)
    const lost = gate<readonly Buffer[]>()
    const disc: Export = {
      sizeBytes: 4096,
      blockSize: 2048,
      preferredBytes: 2048,
      readOnly: false,
      read: () => lost.promise,
      write: () => Promise.reject(new Error('no')),
      flush: async () => undefined,
      settle: async () => undefined,
    }
    const counted = unanswered.export(disc)
    expect(counted.trim).toBeUndefined()
    await expect(counted.write(0, Buffer.alloc(2048), false)).rejects.toThrow('no')
    await counted.flush()
    expect(unanswered.waiting).toEqual({ answered: 0 })
    const reading = counted.read(0, 2048)
    clock.forward(6 * minute)
    expect(hangs(unanswered.waiting, clock.now(), 0)).toMatch(/a request has waited for 360 s/)
    lost.open([Buffer.alloc(2048)])
    await reading
    expect(unanswered.waiting).toEqual({ answered: 0 })
  })

  test('the requests of the kernel reach it in a session', async () => {
    const unanswered = new Unanswered(new Clock())
    const place = stage({ kind: 'dvd+rw', blocks: 4096 }, { profile: 'dvdrw' }, { unanswered })
    const engine = await place.start()
    const client = await engine.attach()
    expect(unanswered.waiting.request).toBeUndefined()
    engine.drive.hang('for-ever')
    client.request(0, 2048 * 2048, 2048)
    const { counters } = engine.drive
    while (!counters.log.some(({ opcode, result }) => opcode === 0x28 && result === 'hang')) await turn()
    expect(unanswered.waiting.request).toBe(0)
    engine.drive.unhang()
    expect((await client.reply()).error).toBe(0)
    await client.take(2048)
    expect(unanswered.waiting.request).toBeUndefined()
  })
})
