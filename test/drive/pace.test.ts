// The time a paced drive takes: the speed that is set, a buffer before it, and none of it without `pace`.
import { expect, test } from 'vitest'
import type { DiscOptions } from './disc.ts'
import { ask, blocks, flush, packetMode, read10, settleIn, stillClock, write10 } from './harness.ts'
import { Disc, Drive, loadProfile } from './index.ts'

function paced(disc: DiscOptions, pace = 1) {
  const clock = stillClock()
  const drive = new Drive({ profile: { ...loadProfile('supermulti'), pace }, clock })
  drive.insert(new Disc({ blocks: 16384, ...disc }))
  return { drive: settleIn(drive), clock }
}

/** ms for one packet of DVD+RW at 4x. */
const packet = 32768 / 5540

test('writes are answered at once until the buffer is full, then as fast as the medium takes them', () => {
  const { drive, clock } = paced({ kind: 'dvd+rw' })
  for (let n = 0; n < 64; n++) expect(write10(drive, n * 16, blocks(n * 16, 16, 1)).delayMs).toBeCloseTo(0)
  expect(write10(drive, 1024, blocks(1024, 16, 1)).delayMs).toBeCloseTo(packet)
  expect(write10(drive, 1040, blocks(1040, 16, 1)).delayMs).toBeCloseTo(2 * packet)
  // It goes on writing while the host thinks.
  clock.advance(100)
  expect(write10(drive, 1056, blocks(1056, 16, 1)).delayMs).toBe(0)
})

test('SYNCHRONIZE CACHE waits for all of it, and a packet that is written to again in the buffer counts once', () => {
  const { drive, clock } = paced({ kind: 'dvd+rw' })
  for (let n = 0; n < 8; n++) write10(drive, 0, blocks(0, 16, n))
  expect(flush(drive).delayMs).toBeCloseTo(packet)
  clock.advance(100)
  expect(flush(drive).delayMs).toBe(0)
})

test('reading takes its time and holds up writing; what is in the buffer needs no reading', () => {
  const { drive } = paced({ kind: 'dvd+rw' })
  expect(read10(drive, 0, 32).delayMs).toBeCloseTo(65536 / 7056)
  write10(drive, 160, blocks(160, 16, 1))
  expect(read10(drive, 160, 16).delayMs).toBe(0)
  expect(flush(drive).delayMs).toBeCloseTo(65536 / 7056 + packet)
})

test('a part of a packet is read and completed', () => {
  const { drive } = paced({ kind: 'dvd+rw' })
  write10(drive, 3, blocks(3, 1, 1))
  expect(flush(drive).delayMs).toBeCloseTo(packet + 32768 / 7056)
})

test('the speed is the one that was set, slowed down as wished, and a CD counts whole sectors', () => {
  const { drive } = paced({ kind: 'cd-rw' }, 0.5)
  packetMode(drive)
  write10(drive, 0, blocks(0, 32, 1))
  expect(flush(drive).delayMs).toBeCloseTo((2 * 32 * 2352) / 1764)
  ask(drive, 'bb 00 ffff 02c2 000000000000')
  write10(drive, 32, blocks(32, 32, 1))
  expect(flush(drive).delayMs).toBeCloseTo((2 * 32 * 2352) / 1764 + (2 * 32 * 2352) / 706)
})

test('without it nothing takes time', () => {
  const { drive } = paced({ kind: 'dvd+rw' }, 0)
  for (let n = 0; n < 128; n++) expect(write10(drive, n * 16, blocks(n * 16, 16, 1)).delayMs).toBe(0)
  expect(flush(drive).delayMs).toBe(0)
  expect(read10(drive, 0, 32).delayMs).toBe(0)
})
