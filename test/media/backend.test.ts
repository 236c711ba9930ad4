// Who writes a disc: the settings' wish, as far as the disc allows it.
import { expect, test } from 'vitest'
import { writerOf } from '../../src/media/backend.ts'
import type { DiscDecision } from '../../src/media/decide.ts'
import type { Medium, Writer } from '../../src/settings/settings.ts'

const ready = (medium: Medium, more: Partial<DiscDecision> = {}): DiscDecision => ({
  state: 'ready',
  reason: 'media.ready',
  writable: true,
  medium,
  ...more,
})

test.each<[Writer, Medium, Partial<DiscDecision>, Writer]>([
  ['engine', 'cd-rw', {}, 'engine'],
  ['engine', 'dvd-ram', {}, 'engine'],
  ['direct', 'dvd+rw', {}, 'direct'],
  ['direct', 'dvd-ram', {}, 'direct'],
  ['direct', 'bd-re', {}, 'direct'],
  // udev took the disc for another medium: what loses every write is never done.
  ['direct', 'cd-rw', {}, 'engine'],
  ['direct', 'dvd-rw', {}, 'engine'],
  ['pktcdvd', 'bd-re', {}, 'engine'],
  ['pktcdvd', 'cd-rw', {}, 'pktcdvd'],
  ['engine', 'cd-rw', { mrw: true }, 'direct'],
  ['pktcdvd', 'cd-rw', { mrw: true }, 'direct'],
  ['engine', 'dvd+rw', { mrw: true }, 'direct'],
])('%s for %s %o: %s', (wish, medium, more, writer) =>
  expect(writerOf(wish, ready(medium, more))).toBe(writer),
)
