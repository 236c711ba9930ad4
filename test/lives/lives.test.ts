// Random lives of discs: what docs/engine.md promises holds whatever happens to disc, drive, engine, machine and state directory.
// A life that fails tells its story, shrunk. The lives are the same in every run, so that a red one is the change's fault; other ones with
// `PKTW_FUZZ_SEED=…`, a hundred times as many with `PKTW_FUZZ_RUNS=100`.
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { JournalDisk } from '../../src/engine/journal-disk.ts'
import type { Command, Transport } from '../../src/mmc/transport.ts'
import { fuzz } from '../nbd/seed.ts'
import { live } from './life.ts'
import type { Birth } from './machine.ts'
import { anyLife, type Operation } from './operations.ts'

/** As many as fit in some ten seconds. */
const lives = 300
const usualSeed = 15
const limitMs = 3_600_000

// Memory that nobody has filled is seen when it gets to a disc.
beforeEach(() => {
  const poisoned = (bytes: number) => Buffer.alloc(bytes, 0xee)
  vi.spyOn(Buffer, 'allocUnsafe').mockImplementation(poisoned)
  vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation(poisoned)
})
afterEach(() => {
  vi.restoreAllMocks()
})

test(
  'lives',
  async () => {
    let lived = 0
    const { numRuns, seed } = fuzz(lives, usualSeed)
    await fc.assert(
      fc.asyncProperty(anyLife, async (life) => {
        await live(life)
        lived++
      }),
      { numRuns, seed },
    )
    expect(lived).toBe(numRuns)
  },
  limitMs,
)

const birth: Birth = {
  seed: 1,
  profile: 'dvdrw',
  disc: { kind: 'dvd+rw', blocks: 512 },
  volume: true,
  flush: 'journal',
  retries: 2,
  memory: 20,
  cache: {},
  pollMs: 2000,
}

/** A drive that answers GOOD to commands of this kind and does not carry them out. */
const pretending =
  (opcode: number) =>
  (drive: Transport): Transport => ({
    ...drive,
    execute: async (command: Command) =>
      command.cdb[0] === opcode ? { status: 0, data: Buffer.alloc(0) } : drive.execute(command),
  })

const forgetful = (disk: JournalDisk): JournalDisk => ({
  mkdir: (dir) => disk.mkdir(dir),
  readdir: (dir) => disk.readdir(dir),
  rename: (from, to) => disk.rename(from, to),
  unlink: (file) => disk.unlink(file),
  rmdir: (dir) => disk.rmdir(dir),
  open: (file) => disk.open(file),
  create: async (file) => ({ ...(await disk.create(file)), datasync: async () => undefined }),
  synchronizeDirectory: async () => undefined,
})

const write: Operation = { do: 'write', at: 100, blocks: 40, fua: false }

test.each([
  [
    'a WRITE that is not carried out',
    { transport: pretending(0x2a) },
    [write, { do: 'stop' }],
    /medium: disc A/,
  ],
  [
    'a SYNCHRONIZE CACHE that is not carried out',
    { transport: pretending(0x35) },
    [write, { do: 'stop' }],
    /medium: disc A/,
  ],
  [
    'a state directory that keeps nothing over a power cut',
    { disk: forgetful },
    [write, { do: 'flush' }, { do: 'cut' }],
    /flushed/,
  ],
  [
    'a command that never ends',
    {
      transport: (drive: Transport): Transport => ({
        ...drive,
        execute: (command) =>
          command.cdb[0] === 0x35 ? new Promise<never>(() => undefined) : drive.execute(command),
      }),
    },
    [write, { do: 'toMedium' }],
    /has not ended/,
  ],
] satisfies [string, Parameters<typeof live>[1], Operation[], RegExp][])(
  'the judge sees %s',
  async (_, sabotage, happens, why) => {
    await live({ birth, happens })
    await expect(live({ birth, happens }, sabotage)).rejects.toThrow(why)
  },
)
