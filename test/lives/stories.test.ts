// Lives that once failed, told anew with every moment in which they may have.
import { describe, expect, test } from 'vitest'
import { live } from './life.ts'
import type { Birth } from './machine.ts'
import type { Life, Operation } from './operations.ts'

const birth: Birth = {
  seed: 1,
  profile: 'supermulti',
  disc: { kind: 'dvd-ram', blocks: 512 },
  volume: true,
  flush: 'journal',
  retries: 1,
  memory: 20,
  cache: { afterFailure: 'dropped' },
  pollMs: 2000,
}

const badForGood = {
  do: 'bad packet',
  count: 1e9,
  seconds: 1e9,
  information: 'none',
  deferred: false,
} as const

/** The same life for each moment from 1 to `calls`, and with two seeds: the packet device stays attached, or not. */
const everyMoment = (calls: number, happens: (calls: number) => Operation[]): Life[] =>
  Array.from({ length: calls }, (_, i) => i + 1).flatMap((n) =>
    [1, 4].map((seed) => ({ birth: { ...birth, seed }, happens: happens(n) })),
  )

describe.each([
  [
    'the engine dies while it looks for a packet that the drive refuses: what others of its packets were is not mistaken for the disc of another',
    everyMoment(45, (calls) => [
      { do: 'write', at: 66, blocks: 7, fua: false },
      { do: 'write', at: 85, blocks: 31, fua: false },
      { ...badForGood, at: 103 },
      { do: 'kill in', calls, when: 'after' },
      { do: 'toMedium' },
      { do: 'read', at: 70, blocks: 14 },
    ]),
  ],
  [
    'the engine dies, and the disc, which was blank, is formatted by another program: nothing of what was on its way gets there',
    [1, 2].map((seed) => ({
      birth: { ...birth, seed, volume: false },
      happens: [
        { do: 'write', at: 85, blocks: 42, fua: false },
        { do: 'kill' },
        { do: 'elsewhere', disc: 0, blocks: [52], anew: true },
        { do: 'flush' },
      ],
    })),
  ],
  [
    'the name of the directory of journals cannot be made durable at first: a flush is answered when it is, or by the medium',
    Array.from({ length: 8 }, (_, seed) => ({
      birth: { ...birth, seed },
      happens: [
        { do: 'disk fails', error: 'ENOMEM', after: 1, times: 1 },
        { do: 'write', at: 461, blocks: 1, fua: false },
        { do: 'flush' },
        { do: 'cut' },
      ],
    })),
  ],
] satisfies [string, Life[]][])('%s', (_, lives) => {
  test(`${lives.length} lives`, async () => {
    for (const life of lives) await live(life)
    expect(lives.length).toBeGreaterThan(0)
  }, 600_000)
})
