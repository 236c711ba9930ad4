// Facts built from bytes as drives give them, through the decoders, and what is decided from them.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogue } from '../../src/diagnostics/catalogue.ts'
import { mediaCodes } from '../../src/diagnostics/codes/media.ts'
import { decide } from '../../src/media/decide.ts'
import type { DiscFacts } from '../../src/media/facts.ts'
import { profileName, profiles } from '../../src/media/profiles.ts'
import { mediaNames } from '../../src/settings/settings.ts'
import { anyFacts } from './any-facts.ts'
import { cdDiscs } from './cd-discs.ts'
import { dvdDiscs } from './dvd-discs.ts'

test.each([...cdDiscs, ...dvdDiscs])('%s', (_, facts, expected) => {
  const decision = decide(facts)
  expect(decision).toMatchObject(expected)
  if (expected.state !== 'ready') expect(decision.writable).toBe(false)
})

describe('whatever the facts', () => {
  test('there is a decision, and ready means everything the engine needs', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = decide(facts as DiscFacts)
        expect(decision.reason in mediaCodes).toBe(true)
        expect(decision.writable).toBe(decision.state === 'ready')
        if (decision.state !== 'ready') return
        const { packetBlocks = 0, blocks = 0 } = decision
        expect(mediaNames).toContain(decision.medium)
        if (decision.mrw) return
        expect(packetBlocks).toBeGreaterThan(0)
        expect(packetBlocks).toBeLessThanOrEqual(32)
        expect(blocks).toBeGreaterThanOrEqual(packetBlocks)
        expect(blocks % packetBlocks).toBe(0)
        expect(blocks).toBeLessThanOrEqual(profiles.get(facts.profile)?.maxBlocks ?? 0)
      }),
      { numRuns: 2000 },
    )
  })
})

test('every refusal has a next step', () => {
  for (const [code, row] of Object.entries(mediaCodes)) {
    if (code !== 'media.ready')
      expect(catalogue[code as keyof typeof mediaCodes], code).toHaveProperty('remedy')
    expect(row.message.length).toBeGreaterThan(10)
  }
})

test('every medium of the settings has a profile', () => {
  const media = [...profiles.values()].map((p) => p.medium).filter((m) => m !== undefined)
  expect(media.toSorted()).toEqual([...mediaNames].toSorted())
})

test('names for people', () => {
  expect(profileName(0x1a)).toBe('DVD+RW')
  expect(profileName(0xff)).toBe('a disc of profile 00FFh')
})
