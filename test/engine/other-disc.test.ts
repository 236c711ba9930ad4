// The drive says that its disc may have changed (6/28/00), and the kernel's DISKSEQ says nothing about it: it polls seldom, or not at all.
import { describe, expect, test } from 'vitest'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import { noticeMs, watchDisc } from '../../src/engine/watch.ts'
import type { Command, Transport } from '../../src/mmc/transport.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { Disc, type DiscOptions, type Drive, Kernel } from '../drive/index.ts'
import { pattern } from '../packet/model.ts'
import { StillClock } from '../packet/scripted.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { control, media, stage } from './harness.ts'

const opcodes = { write: 0x2a, synchronize: 0x35, events: 0x4a }

interface Wanted {
  disc: DiscOptions
  profile: string
  /** What is on it; nothing if it is not given. */
  seed?: number
  /** ms at which the kernel polls; 0: never. */
  pollMs?: number
  /** The kernel looks when it is told to. */
  looks?: boolean
  /** The drive has media events. */
  events?: boolean
  /** Called before each command with its operation code. */
  before?: (opcode: number, drive: Drive) => void
}

/** An engine with a disc that a kernel watches as told; something is acknowledged and not written yet. */
async function served({
  disc: kind,
  profile,
  seed,
  pollMs = 0,
  looks = false,
  events = true,
  before,
}: Wanted) {
  const options: Partial<SessionOptions> = {
    ...{ journalDir: temporaryRoot(), boot: 'this', write: defaults.write, watchMs: 100_000, noticeMs: 40 },
  }
  const staged = stage(kind, { profile }, options)
  if (seed !== undefined) staged.disc.put(0, pattern(320, seed))
  const kernel = new Kernel(staged.drive, pollMs, 7)
  const real = staged.drive.transport()
  const transport: Transport = {
    ...{ device: 'sr0', maxTransferBytes: real.maxTransferBytes, close: () => real.close() },
    execute: async (command: Command) => {
      const opcode = command.cdb[0] ?? 0
      before?.(opcode, staged.drive)
      return !events && opcode === opcodes.events
        ? { status: 2, data: Buffer.alloc(0), sense: { key: 5, asc: 0x20, ascq: 0 } }
        : real.execute(command)
    },
  }
  Object.assign(options, { transport, diskseq: kernel.diskseq })
  if (looks) options.look = async () => kernel.look()
  const engine = await staged.start()
  const client = await engine.attach()
  const write = async (block: number, data: Buffer): Promise<void> => {
    client.request(1, block * 2048, data.length, 0)
    client.send(data)
    expect((await client.reply()).error).toBe(0)
  }
  const data = pattern(64, 9)
  await write(512, data)
  return { ...engine, write, data, flush: () => control(engine, { do: 'flush' }) }
}

const kernels = [
  ['never', { pollMs: 0 }],
  ['never, and looks when it is told to', { pollMs: 0, looks: true }],
  ['every hour', { pollMs: 3_600_000 }],
] as const

describe.each(media)('$disc.kind in $profile', ({ profile, disc }) => {
  describe.each(kernels.slice(0, profile === 'supermulti' ? kernels.length : 1))('polled %s', (_, kernel) => {
    test.each([
      ['blank', {}, undefined],
      ['other contents', { seed: 1 }, 2],
      ['other contents, a drive without media events', { seed: 1, events: false }, 2],
      ['the same contents', { seed: 1 }, 1],
    ])('another disc, %s: nothing of the first one gets onto it', async (__, how, seed) => {
      const engine = await served({ disc, profile, ...kernel, ...how })
      const other = new Disc(disc)
      if (seed !== undefined) other.put(0, pattern(320, seed))
      const before = other.read(0, other.blocks)
      engine.drive.swap(other)
      expect(await engine.flush()).toMatchObject({ ok: false })
      expect(engine.session.status().state).toBe('gone')
      expect(await engine.session.stop('test')).toMatchObject({ exitCode: 0 })
      expect(other.read(0, other.blocks).equals(before)).toBe(true)
      expect(engine.log.join('\n')).toMatch(/packets may not have reached the disc .*; they are kept in /)
    })

    test.each([
      ['with contents', { seed: 1 }],
      ['with contents, a drive without media events', { seed: 1, events: false }],
      ['blank', {}],
    ])('the same disc all the time, %s: a look, and it goes on', async (__, how) => {
      const engine = await served({ disc, profile, ...kernel, ...how })
      engine.drive.attention.raise(0x28, 0)
      expect(await engine.flush()).toEqual({ ok: true })
      expect(engine.disc.read(512, 64).equals(engine.data)).toBe(true)
      // Also when what it is known by was written to.
      engine.drive.attention.raise(0x28, 0)
      expect(engine.session.status().state).toBe('serving')
      expect((await engine.session.stop('test')).exitCode).toBe(0)
    })
  })

  test('blank, and a drive without media events: nobody can tell, and nothing is written', async () => {
    const engine = await served({ disc, profile, events: false })
    engine.drive.attention.raise(0x28, 0)
    expect(await engine.flush()).toMatchObject({ ok: false })
    expect(engine.session.status().state).toBe('gone')
    expect(engine.disc.read(512, 64).equals(engine.data)).toBe(false)
  })
})

test('what the disc is known by was written a moment ago: it is still the same disc', async () => {
  let told = 0
  const engine = await served({
    ...{ disc: { kind: 'cd-rw', blocks: 4096 }, profile: 'supermulti', seed: 1, events: false },
    // Before anything of it is synchronised, and after.
    before: (opcode, drive) => {
      if (opcode === opcodes.synchronize && told++ < 2) drive.attention.raise(0x28, 0)
    },
  })
  await engine.write(40, pattern(16, 5))
  expect(await engine.flush()).toEqual({ ok: true })
  await engine.write(44, pattern(2, 6))
  expect(await engine.flush()).toEqual({ ok: true })
  engine.drive.attention.raise(0x28, 0)
  await engine.write(1000, pattern(2, 7))
  expect(await engine.flush()).toEqual({ ok: true })
  expect(told).toBeGreaterThan(2)
  expect(engine.disc.read(44, 2).equals(pattern(2, 6))).toBe(true)
})

test('what the disc is known by was written, and the drive said that it was not: it is still the same disc', async () => {
  const engine = await served({
    ...{ disc: { kind: 'cd-rw', blocks: 4096 }, profile: 'supermulti', seed: 1, events: false },
  })
  await engine.write(40, pattern(2, 5))
  // Carried out, with sense that means nothing; every time.
  engine.drive.faults.failCommand(opcodes.write, 'garbage', Number.POSITIVE_INFINITY)
  expect(await engine.flush()).toMatchObject({ ok: false })
  engine.drive.faults.clear()
  engine.drive.attention.raise(0x28, 0)
  expect(await engine.flush()).toEqual({ ok: true })
  expect(engine.session.status().state).toBe('serving')
})

describe('how long the kernel is given', () => {
  test.each([
    [undefined, 5_000],
    [2_000, 5_000],
    [8_000, 17_000],
    [0, 0],
    [600_000, 30_000],
  ])('polled every %s ms: %i ms', (pollMs, wait) => {
    expect(noticeMs(pollMs)).toBe(wait)
  })

  const watched = (over: Partial<Parameters<typeof watchDisc>[0]>) => {
    const clock = new StillClock()
    const now = { diskseq: '7' }
    const watch = watchDisc({
      ...{ drive: 'sr0', diskseq: '7', clock, read: () => now.diskseq },
      ...{ contents: async () => 'same', events: async () => 'unchanged' },
      ...over,
    })
    return { clock, now, watch }
  }

  test('no time at all where it looks when told to; all of it where it does not', async () => {
    const looks = watched({ look: async () => undefined })
    expect(await looks.watch.lostAfterNotice()).toBeUndefined()
    const refuses = watched({ look: () => Promise.reject(new Error('EIO')), noticeMs: 17_000 })
    // The limit for the look, which is over before.
    const { sleep } = refuses.clock
    refuses.clock.sleep = (ms) => (ms > 1_000 ? new Promise(() => undefined) : sleep.call(refuses.clock, ms))
    expect(await refuses.watch.lostAfterNotice()).toBeUndefined()
    expect(refuses.clock.time).toBe(17_000)
    const hangs = watched({ look: () => new Promise(() => undefined), noticeMs: 5_000 })
    expect(await hangs.watch.lostAfterNotice()).toBeUndefined()
    expect(hangs.clock.time).toBe(65_000)
  })

  test('DISKSEQ decides before all else, and is read once more in the end', async () => {
    const first = watched({ contents: () => Promise.reject(new Error('not asked')) })
    first.now.diskseq = '8'
    expect(await first.watch.lostAfterNotice()).toMatch(/was swapped/)
    const late: ReturnType<typeof watched> = watched({
      events: async () => {
        late.now.diskseq = '8'
        return 'unchanged'
      },
    })
    expect(await late.watch.lostAfterNotice()).toMatch(/was swapped/)
  })

  const contents = ['same', 'other', 'unknown'] as const
  const events = ['changed', 'unchanged', 'unknown'] as const
  test.each(contents.flatMap((c) => events.map((e) => [c, e] as const)))(
    'contents %s, events %s',
    async (c, e) => {
      const { watch } = watched({ contents: async () => c, events: async () => e, noticeMs: 0 })
      const settled = e !== 'changed' && c !== 'other' && (c === 'same' || e === 'unchanged')
      expect((await watch.lostAfterNotice()) === undefined).toBe(settled)
    },
  )
})
