// The write cache of a drive that empties it in its own way: order, batches, idleness.
import { describe, expect, test } from 'vitest'
import type { CacheHabits } from './cache.ts'
import { ask, blocks, flush, loaded, stillClock, write10 } from './harness.ts'
import { loadProfile } from './profile.ts'

/** A DVD-RAM in a drive with a cache of eight packets, and the order in which the medium wrote. */
function eight(cache: Partial<CacheHabits>) {
  const clock = stillClock()
  const profile = { ...loadProfile('bd'), bufferKiB: 8 * 32 }
  const it = loaded({ kind: 'dvd-ram' }, { profile, cache, clock })
  const order: number[] = []
  const count = it.disc.count.bind(it.disc)
  it.disc.count = (packet) => {
    order.push(packet)
    count(packet)
  }
  const write = (packet: number) => write10(it.drive, packet * 16, blocks(packet * 16, 16, 7))
  return { ...it, clock, order, write }
}

test('the order is its own, and the same for the same seed', () => {
  const orderOf = (seed: number) => {
    const { drive, write, order } = eight({ order: seed })
    for (let n = 0; n < 24; n++) write(n)
    const evicted = [...order]
    flush(drive)
    return { evicted, flushed: order.slice(evicted.length) }
  }
  const { evicted, flushed } = orderOf(3)
  expect([evicted.length, flushed.length]).toEqual([16, 8])
  expect([...evicted, ...flushed].sort((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, n) => n))
  for (const list of [evicted, flushed]) expect(list).not.toEqual([...list].sort((a, b) => a - b))
  expect(orderOf(3)).toEqual({ evicted, flushed })
  expect(orderOf(4)).not.toEqual({ evicted, flushed })
})

test('several at a time when it is full', () => {
  const { drive, write, order } = eight({ batch: 5 })
  for (let n = 0; n < 9; n++) write(n)
  expect([order, drive.loaded?.cache.size]).toEqual([[0, 1, 2, 3, 4], 4])
})

describe('while the drive is idle', () => {
  test('a packet for each pause', () => {
    const { drive, write, order, clock } = eight({ idleMs: 100 })
    for (let n = 0; n < 5; n++) write(n)
    clock.advance(99)
    drive.settle()
    expect(order).toEqual([])
    clock.advance(201)
    drive.settle()
    expect(order).toEqual([0, 1, 2])
    ask(drive, '00')
    clock.advance(99)
    drive.powerLoss()
    expect(order).toEqual([0, 1, 2, 3])
    expect(drive.disc?.unreadable.size).toBe(4)
  })
  test('a packet that is refused is reported by whichever command comes next', () => {
    const { drive, write, clock } = eight({ idleMs: 100 })
    for (let n = 0; n < 3; n++) write(n)
    drive.faults.failSector(16, 'write')
    clock.advance(1000)
    expect(ask(drive, '12 00 00 0024 00').result).toBe('good')
    expect(ask(drive, '1e 00 00 00 01 00').sense).toMatchObject({ key: 3, information: 16, deferred: true })
    expect(flush(drive).result).toBe('good')
    expect([...(drive.disc?.writes.keys() ?? [])]).toEqual([0, 2])
  })
  test('a power loss forgets such an error with everything else', () => {
    const { drive, write, clock } = eight({ idleMs: 100 })
    write(1)
    drive.faults.failSector(16, 'write')
    clock.advance(1000)
    drive.brownOut()
    expect(ask(drive, '00').result).toBe('6/29/00')
    expect(ask(drive, '00').result).toBe('good')
  })
})

test('the power goes while the tray has the cache written', () => {
  const { drive, write, order } = eight({})
  for (let n = 0; n < 4; n++) write(n)
  drive.faults.cutPower({ packets: 3 })
  drive.openTray()
  expect([order, drive.plugged, drive.loaded]).toEqual([[0, 1, 2], false, undefined])
})
