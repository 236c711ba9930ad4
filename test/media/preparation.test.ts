// Facts of a disc and what the drive offers → what is done to it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { prepareCodes } from '../../src/diagnostics/codes/prepare.ts'
import type { DiscFacts } from '../../src/media/facts.ts'
import { labelProblem, mkudffsOptions } from '../../src/media/file-system.ts'
import { chooseOffer, type FormatOffer, preparationOf } from '../../src/media/preparation.ts'
import { profiles } from '../../src/media/profiles.ts'
import { mediaNames } from '../../src/settings/settings.ts'
import { fuzz } from '../nbd/seed.ts'
import { anyFacts } from './any-facts.ts'

const offer = (type: number, blocks: number, parameter = 0): FormatOffer => ({ type, blocks, parameter })

describe('which offer', () => {
  test.each([
    // As recorded: hp PLDS DU8AESH, ASUS DRW-1608P2, TSSTcorp SH-S182M, LG BE06LU10.
    ['cd-rw', [offer(0x10, 295264, 32), offer(0x11, 0, 32), offer(0x12, 0, 32)], offer(0x10, 295264, 32)],
    [
      'dvd-rw',
      [offer(0, 2297888, 0x800), offer(0x10, 2297888, 16), offer(0x15, 2297888, 16)],
      offer(0, 2297888, 0x800),
    ],
    ['dvd-rw', [offer(0x10, 2297888, 16), offer(0x15, 2297888, 16)], offer(0x10, 2297888, 16)],
    ['dvd+rw', [offer(0x26, 2295104)], offer(0x26, 2295104)],
    [
      'dvd-ram',
      [offer(0, 2236704, 0x800), offer(0, 2295072, 0x800), offer(1, 2226976, 0x800)],
      offer(0, 2236704, 0x800),
    ],
    ['bd-re', [offer(0x30, 11826176, 0x3000), offer(0, 11826176, 0x3000)], offer(0, 11826176, 0x3000)],
    ['bd-re', [offer(0x31, 12219392, 0x800), offer(0x30, 11564032, 0x5000)], offer(0x30, 11564032, 0x5000)],
    // Sizes are the drive's, and are not believed: GSA-4160B told 3524075584 blocks of a CD-RW.
    ['cd-rw', [offer(0x10, 3524075584, 32)], undefined],
    ['cd-rw', [offer(0x10, 0, 32)], undefined],
    ['cd-rw', [offer(0x10, 295270, 0)], offer(0x10, 295264, 32)],
    ['dvd-ram', [offer(0, 0xffffffff, 0x800), offer(1, 2226976, 0x800)], offer(1, 2226976, 0x800)],
    // Quick formats are not taken.
    ['dvd-rw', [offer(0x15, 2297888, 16), offer(0x13, 16000, 16)], undefined],
    ['dvd+rw', [], undefined],
  ] as const)('%s of %o', (medium, offers, expected) => {
    const { offered, ...chosen } = chooseOffer(medium, offers) ?? {}
    expect(offered === undefined ? undefined : chosen).toEqual(expected)
    if (offered !== undefined) expect(offers.map(({ blocks }) => blocks)).toContain(offered)
  })
})

const blankCd: DiscFacts = {
  profile: 0x0a,
  disc: {
    status: 'empty',
    erasable: true,
    lastSession: 'empty',
    backgroundFormat: 'none',
    mrw: false,
    discType: 0,
  },
}
const disc = blankCd.disc as NonNullable<DiscFacts['disc']>

describe('why not', () => {
  test.each([
    ['prepare.no-disc', { profile: 0 }],
    ['prepare.busy', { profile: 0, busy: '2/04/04 format in progress' }],
    ['prepare.write-once', { profile: 0x09 }],
    ['prepare.write-once', { profile: 0x41 }],
    ['prepare.not-rewritable', { profile: 0x10 }],
    ['prepare.not-rewritable', { profile: 0x2a }],
    ['prepare.not-rewritable', { profile: 0xff }],
    ['prepare.mount-rainier', { profile: 0x0a, disc: { ...disc, status: 'complete', mrw: true } }],
    [
      'prepare.mount-rainier',
      { profile: 0x1a, disc: { ...disc, backgroundFormat: 'complete', mrw: true }, mrwWritable: true },
    ],
    [
      'prepare.write-protected',
      { profile: 0x12, disc: { ...disc, status: 'complete' }, writeProtected: true },
    ],
    ['prepare.no-format', blankCd],
  ] as const)('%s', (refused, facts) => {
    expect(preparationOf(facts, [], false)).toEqual({ refused })
    if (refused !== 'prepare.no-format')
      expect(preparationOf(facts, [offer(0, 2236704), offer(0x10, 295264)], true)).toEqual({ refused })
  })
})

describe('what may be lost', () => {
  const offers = [offer(0x10, 295264, 32)]
  test('nothing of a blank disc', () => {
    expect(preparationOf(blankCd, offers, false)).toEqual({
      plan: { medium: 'cd-rw', steps: [{ do: 'format' }], blocks: 295264, holdsData: false },
    })
  })
  test('anything else is taken to hold data', () => {
    for (const status of ['incomplete', 'complete', 'other'] as const)
      expect(preparationOf({ profile: 0x0a, disc: { ...disc, status } }, offers, false)).toMatchObject({
        plan: { holdsData: true, steps: [{ do: 'blank', full: false }, { do: 'format' }] },
      })
  })
  test('an appendable disc holds what was burnt, though its last track is blank', () => {
    const facts: DiscFacts = { profile: 0x0a, disc: { ...disc, status: 'incomplete', lastSession: 'empty' } }
    const track = {
      ...{ reservedTrack: false, blank: true, packet: false, fixedPacket: false, trackMode: 4, dataMode: 1 },
      ...{ number: 2, damaged: false, startAddress: 40_000, fixedPacketSize: 0, trackSize: 200_000 },
    }
    expect(preparationOf({ ...facts, track }, [], false)).toMatchObject({ plan: { holdsData: true } })
  })
  test('a damaged disc is erased all over', () => {
    const facts: DiscFacts = {
      profile: 0x0a,
      disc: { ...disc, status: 'incomplete', lastSession: 'reserved' },
    }
    const track = {
      ...{ reservedTrack: false, blank: false, packet: false, fixedPacket: false, trackMode: 4, dataMode: 1 },
      ...{ number: 1, damaged: true, startAddress: 0, fixedPacketSize: 0, trackSize: 1000 },
    }
    expect(preparationOf({ ...facts, track }, [], false)).toMatchObject({
      plan: { steps: [{ do: 'blank', full: true }, { do: 'format' }] },
    })
  })
})

test('whatever the facts and offers: a plan that can be carried out, or a refusal', () => {
  const offers = fc.array(
    fc.record({
      type: fc.constantFrom(0, 1, 0x10, 0x13, 0x15, 0x26, 0x30, 0x31),
      blocks: fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 295264, 2295104)),
      parameter: fc.nat(0xffffff),
    }),
  )
  fc.assert(
    fc.property(anyFacts, offers, fc.boolean(), (facts, list, full) => {
      const decision = preparationOf(facts as DiscFacts, list, full)
      if ('refused' in decision) {
        expect(prepareCodes).toHaveProperty([decision.refused])
        return
      }
      const { medium, steps, blocks, holdsData } = decision.plan
      expect(mediaNames).toContain(medium)
      expect(facts.writeProtected).not.toBe(true)
      if (steps.some((s) => s.do === 'blank')) expect(medium).toBe('cd-rw')
      if (full) expect(steps.some((s) => s.do === 'format')).toBe(true)
      if (facts.disc === undefined) expect(holdsData).toBe(true)
      const most = Math.max(
        ...[...profiles.values()].filter((p) => p.medium === medium).map((p) => p.maxBlocks ?? 0),
      )
      if (blocks !== undefined) expect(blocks).toBeLessThanOrEqual(most)
    }),
    fuzz(2000),
  )
})

test('every medium has options of mkudffs, the type first', () => {
  for (const medium of mediaNames) {
    expect(mkudffsOptions(medium)[0]).toMatch(/^--media-type=(cdrw|dvdrw|dvdram|hd)$/)
    expect(mkudffsOptions(medium)).toContain('--udfrev=2.01')
  }
})

test.each([
  ['Papers 2024', undefined],
  ['Überschreibbar', undefined],
  ['磁盘', undefined],
  ['', /empty/],
  ['  ', /empty/],
  ['a/b', /slash/],
  ['a\nb', /cannot be shown/],
  ['x'.repeat(61), /61 characters/],
])('label %j', (label, problem) => {
  if (problem === undefined) expect(labelProblem(label)).toBeUndefined()
  else expect(labelProblem(label)).toMatch(problem)
})
