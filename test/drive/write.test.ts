// Who may write what, where; the write cache; the counters.
import { describe, expect, test } from 'vitest'
import type { DiscOptions } from './disc.ts'
import { ask, blocks, flush, packetMode, read10, settleIn, write10 } from './harness.ts'
import { Disc, Drive, type DriveOptions } from './index.ts'

const small = 16384
function loaded(disc: DiscOptions, options: DriveOptions = {}): { drive: Drive; disc: Disc } {
  const drive = new Drive({ profile: 'bd', ...options })
  const d = new Disc({ blocks: small, ...disc })
  drive.insert(d)
  return { drive: settleIn(drive), disc: d }
}

describe('CD-RW in fixed packets', () => {
  test('page 05h must be set for packets of its size and mode', () => {
    const { drive } = loaded({ kind: 'cd-rw' })
    expect(write10(drive, 0, blocks(0, 32, 1)).result).toBe('5/64/00')
    expect(packetMode(drive, 8).result).toBe('good')
    expect(write10(drive, 0, blocks(0, 32, 1)).result).toBe('5/64/00')
    packetMode(drive, 10, 16)
    expect(write10(drive, 0, blocks(0, 32, 1)).result).toBe('5/64/00')
    packetMode(drive, 10)
    expect(write10(drive, 0, blocks(0, 32, 1)).result).toBe('good')
    packetMode(drive, 8)
    drive.swap(new Disc({ kind: 'cd-rw', dataMode: 1, blocks: small }))
    settleIn(drive)
    expect(write10(drive, 64, blocks(64, 32, 1)).result).toBe('good')
  })
  test('only whole packets on packet boundaries', () => {
    const { drive, disc } = loaded({ kind: 'cd-rw' })
    packetMode(drive)
    expect(write10(drive, 16, blocks(16, 32, 1)).result).toBe('5/21/02')
    expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('5/21/02')
    expect(write10(drive, small - 32, blocks(0, 64, 1)).result).toBe('5/21/00')
    expect(write10(drive, small - 32, blocks(small - 32, 32, 7)).result).toBe('good')
    expect(flush(drive).result).toBe('good')
    expect(disc.read(small - 32, 32).equals(blocks(small - 32, 32, 7))).toBe(true)
    expect([...disc.writes]).toEqual([[small / 32 - 1, 1]])
  })
  test('some drives ignore page 05h', () => {
    const { drive } = loaded({ kind: 'cd-rw' }, { quirks: { packetPage: 'refused' } })
    expect(packetMode(drive).result).toBe('5/26/00')
    expect(write10(drive, 32, blocks(32, 32, 1)).result).toBe('good')
  })
})

describe('DVD and BD', () => {
  test('DVD-RW restricted overwrite takes aligned 32 KiB only', () => {
    const { drive } = loaded({ kind: 'dvd-rw' })
    expect(write10(drive, 8, blocks(8, 16, 1)).result).toBe('5/21/02')
    expect(write10(drive, 16, blocks(16, 1, 1)).result).toBe('5/21/02')
    expect(write10(drive, 16, blocks(16, 32, 1)).result).toBe('good')
    expect(write10(drive, small, blocks(0, 16, 1)).result).toBe('5/21/00')
  })
  test.each([
    ['dvd+rw', 16, '5/21/02'],
    ['dvd-ram', 16, '5/21/00'],
    ['bd-re', 32, '5/21/00'],
  ] as const)('%s: the drive completes packets of %i blocks by itself', (kind, packet, past) => {
    const { drive, disc } = loaded({ kind })
    const cache = drive.loaded?.cache
    write10(drive, 0, blocks(0, packet, 1))
    flush(drive)
    expect(cache?.readModifyWrites).toBe(0)
    expect(write10(drive, 3, blocks(3, 2, 9)).result).toBe('good')
    expect(disc.read(3, 1).equals(blocks(3, 1, 1))).toBe(true)
    expect(read10(drive, 3, 2).data.equals(blocks(3, 2, 9))).toBe(true)
    flush(drive)
    expect(cache?.readModifyWrites).toBe(1)
    expect(disc.read(2, 4)).toEqual(Buffer.concat([blocks(2, 1, 1), blocks(3, 2, 9), blocks(5, 1, 1)]))
    expect(disc.writes.get(0)).toBe(2)
    expect(write10(drive, small, blocks(0, packet, 1)).result).toBe(past)
  })
  test('a strict DVD+RW drive refuses pieces', () => {
    const { drive } = loaded({ kind: 'dvd+rw' }, { quirks: { strict32k: true, noMixing: true } })
    expect(write10(drive, 0, blocks(0, 1, 1)).result).toBe('5/2C/00')
    expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('good')
    read10(drive, 64, 1)
    expect(write10(drive, 16, blocks(16, 16, 1)).result).toBe('5/2C/00')
    flush(drive)
    expect(write10(drive, 16, blocks(16, 16, 1)).result).toBe('good')
  })
})

test.each([
  ['cd-rom', '5/30/05'],
  ['dvd-rom', '5/30/05'],
  ['cd-r', '5/30/05'],
  ['audio-cd', '5/30/05'],
] as const)('%s is not written', (kind, result) => {
  const { drive } = loaded({ kind })
  expect(write10(drive, 0, blocks(0, 32, 1)).result).toBe(result)
})

test('write protection is 7/27/00', () => {
  const { drive } = loaded({ kind: 'dvd-ram', writeProtected: true })
  expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('7/27/00')
})

test('a drive that cannot do the disc says so', () => {
  const { drive } = loaded({ kind: 'dvd+rw' }, { profile: 'cdrw-only' })
  expect(ask(drive, '00').result).toBe('2/30/00')
  expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('2/30/00')
})

describe('the write cache', () => {
  test('2 MiB, then the oldest packet goes to the medium', () => {
    const { drive, disc } = loaded({ kind: 'dvd+rw' })
    for (let n = 0; n < 64; n++) write10(drive, n * 16, blocks(n * 16, 16, 1))
    expect(disc.writes.size).toBe(0)
    write10(drive, 64 * 16, blocks(64 * 16, 16, 1))
    expect([...disc.writes.keys()]).toEqual([0])
    flush(drive)
    expect(disc.writes.size).toBe(65)
    expect(drive.counters.packetsNamed).toBe(65)
    expect(drive.counters.flushes).toBe(1)
    expect(drive.counters.of(0x2a)).toBe(65)
  })
  test('FUA and WRITE AND VERIFY go through', () => {
    const { drive, disc } = loaded({ kind: 'dvd-ram' })
    ask(drive, '2a 08 00000000 00 0010 00', blocks(0, 16, 3))
    expect(disc.writes.get(0)).toBe(1)
    ask(drive, '2e 00 00000010 00 0010 00', blocks(16, 16, 3))
    expect(disc.read(16, 16).equals(blocks(16, 16, 3))).toBe(true)
  })
  test('the tray flushes it, the pinhole does not', () => {
    const { drive, disc } = loaded({ kind: 'dvd-ram' })
    write10(drive, 0, blocks(0, 16, 1))
    drive.openTray()
    expect(disc.read(0, 1).equals(blocks(0, 1, 1))).toBe(true)
    drive.closeTray()
    settleIn(drive)
    write10(drive, 0, blocks(0, 16, 2))
    expect(drive.pullByForce()).toBe(disc)
    expect(disc.read(0, 1).equals(blocks(0, 1, 1))).toBe(true)
  })
})
