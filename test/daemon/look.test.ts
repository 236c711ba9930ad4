// What counts as a blank disc: one that is prepared without anybody being asked whether something may be lost. What counts as clean.
import { expect, test } from 'vitest'
import { notKnown } from '../../src/artifacts/bus/interface.ts'
import { driveValues, isBlank, type Look } from '../../src/daemon/look.ts'
import { discStateOf } from '../../src/disc/disc-state.ts'

const stats = { requests: { reads: 9, writes: 0, flushes: 1 }, packetsWritten: 0, dirty: 0 }

/** A disc as cdrom_id finds it blank, mapped, and nothing written. */
const look = ({
  state = 'ready',
  properties = {},
  ...more
}: { state?: string; properties?: Record<string, string> } & Partial<
  Omit<Look, 'properties'>
> = {}): Look => {
  const all = {
    ...{ ID_CDROM_MEDIA: '1', ID_CDROM_MEDIA_STATE: 'blank', DISKSEQ: '7', PKTW_STATE: state },
    ...properties,
  }
  return {
    drive: 'sr0',
    properties: all,
    packet: {},
    disc: discStateOf(all, 'sr0'),
    engine: { stats },
    claim: 'first',
    preparation: undefined,
    ...more,
  } as unknown as Look
}
const engine = (more: object): Partial<Look> => ({
  engine: { stats: { ...stats, ...more } } as Look['engine'],
})
const preparation = (phase: string, diskseq = '7'): Partial<Look> => ({
  preparation: { phase, diskseq } as Look['preparation'],
})

test.each<[string, Parameters<typeof look>[0], boolean]>([
  ['from the shop', { state: 'blank', engine: undefined }, true],
  ['formatted in the shop, mapped, never written', {}, true],
  ['never formatted, and not mapped', { state: 'unformatted', engine: undefined }, true],
  // A DVD+RW that was prepared since it went in: udev still knows it as it was before.
  ['with a file system that only the packet device shows', { packet: { ID_FS_USAGE: 'filesystem' } }, false],
  ['written to', engine({ packetsWritten: 1 }), false],
  ['about to be written to', engine({ dirty: 1 }), false],
  // Not on the disc: what it could not take.
  ['that was to be written to', engine({ requests: { reads: 0, writes: 1, flushes: 0 } }), false],
  // Unmapped and mapped again, or after a crash: the counters are another engine's.
  ['that another engine had before', { claim: 'again' }, false],
  ['that nobody wrote down who had it', { claim: undefined }, false],
  ['that was unmapped, after who knows what', { engine: undefined }, false],
  ['with a file system', { properties: { ID_FS_USAGE: 'filesystem' } }, false],
  ['with something on it', { properties: { ID_CDROM_MEDIA_STATE: 'complete' } }, false],
  ['that is damaged', { state: 'damaged' }, false],
  ['prepared since, whatever udev says', { state: 'blank', ...preparation('done') }, false],
  ['whose preparation was cancelled', { state: 'blank', ...preparation('cancelled') }, true],
  ['after another one that was prepared', { state: 'blank', ...preparation('done', '6') }, true],
])('a disc %s: %#', (_, about, blank) => {
  expect(isBlank(look(about))).toBe(blank)
})

const nbd0 = { drive: 'sr0', device: 'nbd0', slot: 0 }
const left = (dirty: number): Partial<Look> => ({
  engine: { packetBlocks: 32, stats: { ...stats, dirty } } as Look['engine'],
})

test.each<[string, Partial<Look>, string, number | bigint]>([
  ['is not mapped', { mapped: undefined, engine: undefined }, '', 0],
  ['has everything', { mapped: nbd0, ...left(0) }, 'yes', 0],
  ['has not', { mapped: nbd0, ...left(2) }, 'no', 131_072],
  ['has an engine that does not answer', { mapped: nbd0, engine: undefined }, 'unknown', notKnown],
])('Clean and DirtyBytes of a disc that %s', (_what, about, clean, bytes) => {
  const all = { mounts: [], label: '', service: 'active', vendor: '', model: '', ...about }
  const { Clean, DirtyBytes } = driveValues(look(all as Partial<Omit<Look, 'properties'>>), '/')
  expect([Clean, DirtyBytes]).toEqual([clean, bytes])
})
