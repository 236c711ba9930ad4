// What drives say of their discs, against recorded answers (udftools PR 44 and issue 33, forum logs of dvd+rw-mediainfo).
import { describe, expect, test } from 'vitest'
import type { DiscOptions } from '../disc.ts'
import { ask, blocks, settleIn, write10 } from '../harness.ts'
import { Disc, Drive, type DriveOptions } from '../index.ts'

function loaded(disc: DiscOptions, options: DriveOptions = {}): Drive {
  const drive = new Drive({ profile: 'bd', ...options })
  drive.insert(new Disc(disc))
  return settleIn(drive)
}

const hex = (b: Buffer): string => b.toString('hex')
const trackInfo = (drive: Drive, track = 1, length = 36) =>
  ask(drive, `52 01 000000${track.toString(16).padStart(2, '0')} 00 00${length.toString(16)} 00`)
const discInfo = (drive: Drive) => ask(drive, '51 00 00 00 00 00 00 0022 00')
const lastLba = (drive: Drive) => ask(drive, '25').data.readUInt32BE(0)

/** Current descriptor and list, as [blocks, type, length or parameter]. */
function formatCapacities(drive: Drive): [number, number, number][] {
  const { data } = ask(drive, '23 00 00 00 00 00 00 00ff 00')
  expect(data.length).toBe(4 + (data[3] as number))
  const rows: [number, number, number][] = []
  for (let at = 4; at < data.length; at += 8) {
    const type = data[at + 4] as number
    rows.push([data.readUInt32BE(at), at === 4 ? type : type >> 2, data.readUIntBE(at + 5, 3)])
  }
  return rows
}

describe('CD-RW', () => {
  test('formatted: track information as recorded, byte for byte', () => {
    const drive = loaded({ kind: 'cd-rw' })
    expect(hex(trackInfo(drive, 1, 34).data)).toBe(
      '002201010007b20000000000000000000000000000000020000481600000000000' + '00',
    )
    expect(lastLba(drive)).toBe(295263)
  })
  test('mode 1 and other sizes change only data mode and size', () => {
    const drive = loaded({ kind: 'cd-rw', dataMode: 1, blocks: 16384 })
    const { data } = trackInfo(drive)
    expect(data[6]).toBe(0xb1)
    expect(data.readUInt32BE(24)).toBe(16384)
    expect(data.readUInt32BE(20)).toBe(32)
  })
  test('closed, not formatted: as recorded', () => {
    const drive = loaded({ kind: 'cd-rw', state: 'session', blocks: 34176 })
    const { data } = trackInfo(drive, 1, 34)
    expect(hex(data.subarray(0, 24))).toBe(
      hex(Buffer.from('002201010004010000000000000000000000000000000000', 'hex')),
    )
    expect(data.readUInt32BE(24)).toBe(34176)
  })
  test('blank: four capacity descriptors of the hp PLDS DU8AESH, no TOC, READ CAPACITY 0', () => {
    const drive = loaded({ kind: 'cd-rw', state: 'blank' }, { profile: 'plds-du8aesh' })
    expect(formatCapacities(drive)).toEqual([
      [359849, 1, 2048],
      [295264, 0x10, 32],
      [0, 0x11, 32],
      [0, 0x12, 32],
    ])
    expect(ask(drive, '43 00 00 00 00 00 00 00ff 00').result).toBe('5/24/00')
    expect(lastLba(drive)).toBe(0)
    const { data } = discInfo(drive)
    expect(data[2]).toBe(0x10)
    expect([...data.subarray(16, 24)]).toEqual([0, 97, 25, 30, 0, 79, 59, 74])
  })
  test('ATIP as seen: lead-out, A1 24 1A D8, A2 26 B2 4A', () => {
    const { data } = ask(loaded({ kind: 'cd-rw', state: 'blank' }), '43 00 04 00 00 00 00 00ff 00')
    expect([...data.subarray(8, 15)]).toEqual([97, 25, 30, 0, 79, 59, 74])
    expect(hex(data.subarray(16, 19))).toBe('241ad8')
    expect(hex(data.subarray(20, 23))).toBe('26b24a')
    // Rewritable, A1 and A2 valid: what decides the kernel's media speed.
    expect((data[6] as number) & 0x46).toBe(0x46)
  })
  test('erasable or not, whole TOC or not: by disc and by drive', () => {
    expect(discInfo(loaded({ kind: 'cd-rw' })).data[2]).toBe(0x1e)
    expect(discInfo(loaded({ kind: 'cd-rw', erasable: false })).data[2]).toBe(0x0e)
    const plds = loaded({ kind: 'cd-rw' }, { profile: 'plds-du8aesh' })
    expect(discInfo(plds).data[2]).toBe(0x0e)
    expect(ask(plds, '43 02 02 00 00 00 01 00ff 00').result).toBe('5/24/00')
    const full = ask(loaded({ kind: 'cd-rw' }), '43 02 02 00 00 00 01 00ff 00').data
    expect([full[7], full[18], full[29], full[40]]).toEqual([0xa0, 0xa1, 0xa2, 0x01])
  })
})

describe('DVD-RW', () => {
  test('sequential, blank: the ASUS DRW-1608P2', () => {
    const drive = loaded({ kind: 'dvd-rw', state: 'blank' })
    expect(formatCapacities(drive)).toEqual([
      [2297888, 1, 2048],
      [2297888, 0x00, 0x800],
      [2297888, 0x10, 0x10],
      [2297888, 0x15, 0x10],
    ])
    const { data } = trackInfo(drive)
    // Invisible incremental: RT 0, Blank 1, Packet 1; NWA valid and 0.
    expect((data[6] as number) & 0xe0).toBe(0x60)
    expect(data[7]).toBe(1)
    expect([data.readUInt32BE(12), data.readUInt32BE(16), data.readUInt32BE(24)]).toEqual([
      0, 2297888, 2297888,
    ])
    expect(lastLba(drive)).toBe(0)
  })
  test('damaged by a failed burn', () => {
    const drive = loaded({ kind: 'dvd-rw', state: 'damaged' })
    expect(formatCapacities(drive)[0]).toEqual([132800, 2, 2048])
    const { data } = discInfo(drive)
    expect([data[2], data[4], data[6]]).toEqual([0x19, 2, 2])
    const second = trackInfo(drive, 2).data
    expect((second[5] as number) & 0x20).toBe(0x20)
    expect([second.readUInt32BE(8), second.readUInt32BE(12), second.readUInt32BE(16)]).toEqual([
      161488, 161488, 2136400,
    ])
    expect(lastLba(drive)).toBe(0xfffd0000)
  })
  test('minimally blanked: no track, 5/24/00 for its information', () => {
    const drive = loaded({ kind: 'dvd-rw', state: 'fast-blanked' })
    const { data } = discInfo(drive)
    expect([data[2], data[3], data[5], data[6]]).toEqual([0x15, 0, 0, 0])
    expect(trackInfo(drive).result).toBe('5/24/00')
  })
  test('restricted overwrite: full, fresh and used', () => {
    const drive = loaded({ kind: 'dvd-rw' })
    expect(formatCapacities(drive).slice(-2)).toEqual([
      [0, 0x13, 0x10],
      [0, 0x11, 0x10],
    ])
    // Appendable until something is written, complete ever after (systemd's cdrom_id).
    expect(discInfo(drive).data[2]).toBe(0x15)
    write10(drive, 0, blocks(0, 16, 1))
    expect(discInfo(drive).data[2]).toBe(0x1e)
    expect((trackInfo(drive).data[6] as number) & 0x70).toBe(0x30)
    expect(lastLba(drive)).toBe(2297887)
  })
  test('intermediate: capacity unknown, 13h not offered', () => {
    const drive = loaded({ kind: 'dvd-rw', state: 'intermediate' })
    const rows = formatCapacities(drive)
    expect(rows[0]?.[1]).toBe(3)
    expect(rows.map((r) => r[1])).not.toContain(0x13)
  })
})

describe('DVD+RW', () => {
  test('virgin', () => {
    const drive = loaded({ kind: 'dvd+rw', state: 'blank' })
    expect(formatCapacities(drive)).toEqual([
      [2295104, 1, 2048],
      [2295104, 0x26, 0],
    ])
    const { data } = trackInfo(drive)
    expect([(data[6] as number) & 0xe0, data[7]]).toEqual([0x40, 0])
    expect([data.readUInt32BE(16), data.readUInt32BE(24)]).toEqual([2295104, 2295104])
    expect(write10(drive, 0, blocks(0, 16, 1)).result).toBe('5/30/10')
  })
  test.each([
    ['fixed', 0x30, 16],
    ['packet', 0x20, 0],
    ['plain', 0x00, 0],
  ] as const)('formatted, track %s', (plusRwTrack, bits, size) => {
    const drive = loaded({ kind: 'dvd+rw', background: 'suspended' }, { quirks: { plusRwTrack } })
    const { data } = trackInfo(drive)
    expect([(data[6] as number) & 0x70, data.readUInt32BE(20)]).toEqual([bits, size])
    const disc = discInfo(drive).data
    expect([disc[2], (disc[7] as number) & 3]).toEqual([0x1e, 1])
  })
  test('the BENQ DQ60: TOC 17@0, AA 17@2295104; book 92h', () => {
    const drive = loaded({ kind: 'dvd+rw' }, { profile: 'benq-dq60' })
    expect(hex(ask(drive, '43 00 00 00 00 00 00 00ff 00').data)).toBe(
      '00120101001701000000000000' + '17aa0000230540',
    )
    const book = ask(drive, 'ad 00 00000000 00 00 0804 00 00').data
    expect([book.readUInt16BE(0), book[4]]).toEqual([2050, 0x92])
  })
})

test('DVD-RAM as the TSSTcorp SH-S182M had it', () => {
  const drive = loaded({ kind: 'dvd-ram' })
  expect(formatCapacities(drive)).toEqual([
    [2236704, 2, 2048],
    [2236704, 0x00, 0x800],
    [2295072, 0x00, 0x800],
    [2226976, 0x01, 0x800],
    [2217248, 0x01, 0x800],
  ])
  expect(discInfo(drive).data[2]).toBe(0x1f)
  const { data } = trackInfo(drive)
  expect([(data[7] as number) & 2, data.readUInt32BE(28)]).toEqual([2, 2236703])
  expect(discInfo(loaded({ kind: 'dvd-ram', writeProtected: true })).data[2]).toBe(0x1e)
  expect(hex(ask(drive, 'ad 00 00000000 00 0a 0010 00 00').data.subarray(4))).toBe('000031f00000e4000000e400')
})

test('BD-RE: capacities of the LG BE06LU10; blocks and spare are always 12219392', () => {
  const rows = formatCapacities(loaded({ kind: 'bd-re' }))
  expect(rows).toEqual([
    [11826176, 2, 2048],
    [11826176, 0x00, 0x3000],
    [11564032, 0x01, 0x5000],
    [11826176, 0x30, 0x3000],
    [11564032, 0x30, 0x5000],
    [12088320, 0x30, 0x1000],
    [12219392, 0x31, 0x800],
  ])
  for (const [size, type, spare] of rows.slice(1)) if (type !== 0x31) expect(size + spare * 32).toBe(12219392)
})

test('pressed and finalised discs are complete and not erasable', () => {
  for (const kind of ['cd-rom', 'cd-r', 'audio-cd', 'dvd-rom', 'dvd-r'] as const) {
    expect(discInfo(loaded({ kind })).data[2], kind).toBe(0x0e)
  }
  const toc = ask(loaded({ kind: 'audio-cd' }), '43 00 00 00 00 00 01 00ff 00').data
  expect([toc[3], (toc[5] as number) & 4, toc.length]).toEqual([3, 0, 36])
  expect(ask(loaded({ kind: 'audio-cd' }), '28 00 00000000 00 0001 00').result).toBe('5/64/00')
})

test('no disc', () => {
  const drive = settleIn(new Drive())
  for (const command of ['00', '25', '51', '52', '43', '28', '2a']) {
    expect(ask(drive, command).result, command).toBe('2/3A/01')
  }
  expect(formatCapacities(drive)[0]?.[1]).toBe(3)
  drive.openTray()
  expect(ask(drive, '00').result).toBe('2/3A/02')
})

test('odd answers: capacity of 178 % after a quick format, LRA one short, end addresses', () => {
  const pioneer = loaded(
    { kind: 'dvd-rw', state: 'blank' },
    { profile: 'pioneer-dvr', quirks: { busyAfterReady: 0 } },
  )
  const list = Buffer.from('00000008ffffffff54000010', 'hex')
  expect(ask(pioneer, '04 11', list).result).toBe('good')
  expect(lastLba(pioneer)).toBeGreaterThan(2297888 * 1.7)
  const lra = loaded({ kind: 'cd-rw' }, { quirks: { lastRecorded: 'always' } })
  expect(trackInfo(lra).data.readUInt32BE(28)).toBe(295263)
  for (const [performanceEnd, end] of [
    ['last', 2295103],
    ['size', 2295104],
    ['zero', 0],
  ] as const) {
    const drive = loaded({ kind: 'dvd+rw' }, { quirks: { performanceEnd } })
    const { data } = ask(drive, 'ac 04 00000000 0000 0010 03 00')
    expect(data.readUInt32BE(8 + 4)).toBe(end)
    expect(data.length).toBe(4 + data.readUInt32BE(0))
  }
})
