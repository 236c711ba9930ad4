// FORMAT UNIT, BLANK, CLOSE, and what answers meanwhile; recording in sessions.
import { describe, expect, test } from 'vitest'
import type { DiscOptions } from '../disc.ts'
import { ask, blocks, flush, packetMode, read10, settleIn, stillClock, write10 } from '../harness.ts'
import { Disc, Drive, type DriveOptions } from '../index.ts'

function loaded(disc: DiscOptions, options: DriveOptions = {}): { drive: Drive; disc: Disc } {
  const drive = new Drive({ profile: 'bd', ...options })
  const d = new Disc({ blocks: 16384, ...disc })
  drive.insert(d)
  return { drive: settleIn(drive), disc: d }
}

/** FORMAT UNIT 04 11 with one descriptor. */
const format = (drive: Drive, type: number, parameter: number, size = 0xffffffff, flags = 0) => {
  const b = Buffer.alloc(12)
  b[1] = flags
  b[3] = 8
  b.writeUInt32BE(size, 4)
  b.writeUInt32BE(((type << 26) | parameter) >>> 0, 8)
  return ask(drive, '04 11 00 00 00 00', b).result
}
const profile = (drive: Drive) => ask(drive, '46 02 0000 00 00 00 0008 00').data.readUInt16BE(6)
const closeSession = '5b 00 02 00 0000 00 00 00 00'

/** Page 05h for recording: write type 0 packet, 1 track at once, 2 session at once; more sessions may follow or not. */
function writeType(drive: Drive, type: number, multi = 3) {
  const b = Buffer.alloc(60)
  b.set([0x05, 0x32, 0x40 | type, (multi << 6) | 4, 8], 8)
  b[23] = 0x96
  return ask(drive, '55 10 00 00 00 00 00 003c 00', b).result
}

describe('CD-RW', () => {
  test('blank, format with 12 or 16 bytes, write; the data mode is that of page 05h', () => {
    const { drive, disc } = loaded({ kind: 'cd-rw', state: 'session' })
    expect(ask(drive, 'a1 01').result).toBe('good')
    expect(disc.state).toBe('blank')
    packetMode(drive, 10)
    // cdrwtool's list: 16 bytes where 12 do.
    const list = Buffer.from('00020008000040004000002000000000', 'hex')
    expect(ask(drive, '04 11', list).result).toBe('good')
    expect([disc.state, disc.blocks, disc.dataMode]).toEqual(['formatted', 16384, 2])
    expect(write10(drive, 0, blocks(0, 32, 1)).result).toBe('good')
    packetMode(drive, 8)
    expect(format(drive, 0x10, 32, 3200)).toBe('good')
    expect([disc.blocks, disc.dataMode]).toEqual([3200, 1])
    expect(read10(drive, 0, 1).data.equals(Buffer.alloc(2048))).toBe(true)
    expect(format(drive, 0x10, 16)).toBe('5/26/00')
    expect(format(drive, 0x10, 32, 16385)).toBe('5/26/00')
    expect(format(drive, 0x11, 32)).toBe('5/26/00')
  })
  test('the old format code 7: taken, or 5/64/00 (Plextor Premium)', () => {
    const legacy = Buffer.from('000200088000000000004000', 'hex')
    const { drive, disc } = loaded({ kind: 'cd-rw', state: 'blank' })
    expect(ask(drive, '04 17', legacy).result).toBe('good')
    expect(disc.state).toBe('formatted')
    const plds = loaded({ kind: 'cd-rw', state: 'blank' }, { profile: 'plds-du8aesh' })
    expect(ask(plds.drive, '04 17', legacy).result).toBe('5/64/00')
    expect(ask(loaded({ kind: 'dvd-rw' }).drive, '04 17', legacy).result).toBe('5/24/00')
  })
  test('track at once: at the next writable address only; closed by SYNCHRONIZE CACHE; two run-out blocks', () => {
    const { drive, disc } = loaded({ kind: 'cd-rw', state: 'blank' })
    expect(writeType(drive, 1, 0)).toBe('good')
    expect(write10(drive, 5, blocks(5, 1, 1)).result).toBe('5/21/02')
    expect(write10(drive, 0, blocks(0, 300, 1)).result).toBe('good')
    expect(write10(drive, 0, blocks(0, 1, 1)).result).toBe('5/21/02')
    flush(drive)
    expect(ask(drive, '51 00 00 00 00 00 00 0022 00').data[2]).toBe(0x15)
    expect(ask(drive, closeSession).result).toBe('good')
    expect(disc.finalised).toBe(true)
    expect(ask(drive, '25').data.readUInt32BE(0)).toBe(301)
    expect(read10(drive, 299, 1).data.equals(blocks(299, 1, 1))).toBe(true)
    expect(read10(drive, 300, 1).result).toBe('3/11/00')
    expect(write10(drive, 452, blocks(0, 1, 1)).result).toBe('5/30/05')
  })
  test('session at once begins in the pre-gap', () => {
    const { drive, disc } = loaded({ kind: 'cd-rw', state: 'blank' })
    writeType(drive, 2, 0)
    expect(ask(drive, '5d 00 00 00 00 00 000008 00', Buffer.alloc(8)).result).toBe('good')
    expect(write10(drive, -150 >>> 0, Buffer.alloc(140 * 2048)).result).toBe('good')
    const over = Buffer.concat([Buffer.alloc(10 * 2048), blocks(0, 20, 5)])
    expect(write10(drive, -10 >>> 0, over).result).toBe('good')
    expect(write10(drive, 20, blocks(20, 5, 5)).result).toBe('good')
    flush(drive)
    expect(disc.finalised).toBe(true)
    expect(disc.read(0, 25).equals(blocks(0, 25, 5))).toBe(true)
  })
})

describe('DVD-RW', () => {
  test('full format and back', () => {
    const { drive, disc } = loaded({ kind: 'dvd-rw', state: 'blank' })
    expect(profile(drive)).toBe(0x14)
    expect(format(drive, 0x00, 0x10)).toBe('5/26/00')
    expect(format(drive, 0x00, 0x800)).toBe('good')
    expect(profile(drive)).toBe(0x13)
    expect(ask(drive, 'a1 00').result).toBe('good')
    expect([disc.state, profile(drive)]).toEqual(['blank', 0x14])
    expect(ask(drive, 'a1 01').result).toBe('good')
    expect(disc.state).toBe('fast-blanked')
  })
  test('quick format: sequential from 0, CLOSE SESSION ends it, the rest is left to grow', () => {
    const { drive, disc } = loaded({ kind: 'dvd-rw', state: 'blank' })
    expect(format(drive, 0x15, 0x10)).toBe('good')
    expect(disc.state).toBe('intermediate')
    expect(write10(drive, 32, blocks(32, 16, 1)).result).toBe('5/21/02')
    expect(write10(drive, 0, blocks(0, 32, 1)).result).toBe('good')
    expect(write10(drive, 16, blocks(16, 16, 2)).result).toBe('good')
    expect(read10(drive, 32, 1).result).toBe('5/21/00')
    flush(drive)
    expect(ask(drive, closeSession).result).toBe('good')
    expect([disc.state, disc.blocks]).toEqual(['formatted', 32])
    expect(read10(drive, 16, 16).data.equals(blocks(16, 16, 2))).toBe(true)
    expect(format(drive, 0x13, 0x10)).toBe('good')
    expect([disc.state, disc.next]).toEqual(['intermediate', 32])
  })
  test('incremental recording: two sessions', () => {
    const { drive, disc } = loaded({ kind: 'dvd-rw', state: 'blank' }, { profile: 'dvdrw' })
    disc.put(0, blocks(0, 1, 9))
    writeType(drive, 0)
    expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('good')
    expect(write10(drive, 16, blocks(16, 3, 1)).result).toBe('good')
    flush(drive)
    expect(ask(drive, '52 01 00000001 00 0024 00').data.readUInt32BE(12)).toBe(32)
    expect(ask(drive, '5b 00 01 00 0001 00 00 00 00').result).toBe('good')
    expect(ask(drive, closeSession).result).toBe('good')
    expect(ask(drive, '51 00 00 00 00 00 00 0022 00').data[2]).toBe(0x11)
    const next = ask(drive, '52 01 000000ff 00 0024 00').data
    expect([next[2], next[3], next.readUInt32BE(12)]).toEqual([2, 2, 32 + 28688])
  })
  test('minimally blanked takes no packets', () => {
    const { drive } = loaded({ kind: 'dvd-rw', state: 'fast-blanked' })
    writeType(drive, 0)
    expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('5/64/00')
    writeType(drive, 2)
    expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('good')
  })
})

describe('DVD+RW', () => {
  test('background format: usable meanwhile, stopped by CLOSE, restarted, done', () => {
    const clock = stillClock()
    const { drive, disc } = loaded({ kind: 'dvd+rw', state: 'blank' }, { clock })
    drive.durations.background = 1000
    expect(format(drive, 0x26, 1)).toBe('5/26/00')
    expect(format(drive, 0x26, 0)).toBe('good')
    const status = () => (ask(drive, '51 00 00 00 00 00 00 0022 00').data[7] as number) & 3
    expect(status()).toBe(2)
    clock.advance(250)
    const tur = ask(drive, '00')
    expect([tur.status, tur.sense?.ascq]).toEqual([0, 4])
    const sense = ask(drive, '03 00 00 00 12 00').data
    expect([sense[2], sense[12], sense[13], sense.readUInt16BE(16)]).toEqual([0, 4, 4, 0x4000])
    expect(write10(drive, 160, blocks(160, 16, 1)).result).toBe('good')
    expect(ask(drive, '5b 00 00 00 0000 00 00 00 00').result).toBe('good')
    expect(status()).toBe(1)
    expect(disc.read(160, 1).equals(blocks(160, 1, 1))).toBe(true)
    expect(format(drive, 0x26, 1)).toBe('good')
    expect(status()).toBe(2)
    clock.advance(1000)
    expect(status()).toBe(3)
    expect(disc.read(160, 1).equals(blocks(160, 1, 1))).toBe(true)
    expect(ask(drive, '00').sense).toBeUndefined()
  })
  test('taken out in the middle it is suspended; BLANK is not for it', () => {
    const { drive, disc } = loaded({ kind: 'dvd+rw', state: 'blank' }, { clock: stillClock() })
    drive.durations.background = 1000
    format(drive, 0x26, 0)
    drive.openTray()
    drive.closeTray()
    settleIn(drive)
    expect(disc.background).toBe('suspended')
    expect(ask(drive, 'a1 00').result).toBe('5/30/05')
  })
  test('CLOSE before any format is 5/30/10', () => {
    expect(ask(loaded({ kind: 'dvd+rw', state: 'blank' }).drive, closeSession).result).toBe('5/30/10')
  })
})

test('DVD-RAM and BD-RE format', () => {
  const ram = loaded({ kind: 'dvd-ram', state: 'blank' })
  expect(write10(ram.drive, 0, blocks(0, 16, 1)).result).toBe('5/30/10')
  expect(format(ram.drive, 0x00, 0x800)).toBe('good')
  expect(write10(ram.drive, 0, blocks(0, 16, 1)).result).toBe('good')
  const bd = loaded({ kind: 'bd-re', state: 'blank', blocks: 11826176 })
  expect(ask(bd.drive, 'ad 01 00000000 00 0a 0010 00 00').result).toBe('5/30/10')
  expect(format(bd.drive, 0x30, 0x1000)).toBe('good')
  expect(bd.disc.blocks).toBe(12088320)
  expect(ask(bd.drive, 'ad 01 00000000 00 0a 0010 00 00').data.readUInt32BE(12)).toBe(4096)
  expect(format(bd.drive, 0x31, 0x800)).toBe('good')
  expect(bd.disc.blocks).toBe(12219392)
})

describe('while it lasts', () => {
  test('Immed: 2/04/04 with progress, GESN and INQUIRY answer', () => {
    const clock = stillClock()
    const { drive, disc } = loaded({ kind: 'dvd-ram' }, { clock })
    drive.durations.format = 1000
    expect(format(drive, 0x00, 0x800, 0xffffffff, 2)).toBe('good')
    clock.advance(500)
    const busy = ask(drive, '00')
    expect([busy.result, busy.sense?.progress]).toEqual(['2/04/04', 0.5])
    expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('2/04/04')
    expect(ask(drive, '12 00 00 0024 00').result).toBe('good')
    const event = ask(drive, '4a 01 00 00 40 00 00 0008 00').data
    expect([event[2], event[5], event.readUInt16BE(6)]).toEqual([6, 1, 5])
    clock.advance(500)
    expect(ask(drive, '00').result).toBe('good')
    expect(disc.formats).toBe(1)
  })
  test('without Immed the answer takes as long', () => {
    const { drive } = loaded({ kind: 'cd-rw' }, { clock: stillClock() })
    drive.durations.blank = 3000
    expect(ask(drive, 'a1 00').delayMs).toBe(3000)
    expect(ask(drive, '00').result).toBe('good')
  })
  test('the Pioneer: ready, then busy, then flow control; progress that stands still', () => {
    const clock = stillClock()
    const { drive } = loaded({ kind: 'dvd+rw' }, { profile: 'pioneer-dvr', clock })
    expect(ask(drive, '25').result).toBe('2/04/07')
    expect(ask(drive, '00').result).toBe('good')
    expect(ask(drive, '25').result).toBe('2/04/07')
    expect(ask(drive, '25').result).toBe('good')
    const writes = [1, 2, 3, 4].map(() => write10(drive, 0, blocks(0, 16, 1)).result)
    expect(writes).toEqual(['2/04/08', '2/04/08', '2/04/08', 'good'])
    drive.durations.background = 1000
    format(drive, 0x26, 0)
    clock.advance(900)
    expect(ask(drive, '03 00 00 00 12 00').data.readUInt16BE(16)).toBe(Math.floor(0.01 * 65536))
  })
  test('loading takes its time', () => {
    const clock = stillClock()
    const drive = new Drive({ clock })
    drive.durations.load = 2000
    drive.insert(new Disc({ kind: 'dvd-ram', blocks: 16384 }))
    settleIn(drive)
    expect(ask(drive, '00').result).toBe('2/04/01')
    clock.advance(2000)
    expect(ask(drive, '00').result).toBe('good')
  })
})
