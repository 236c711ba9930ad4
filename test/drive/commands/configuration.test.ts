// GET CONFIGURATION, mode pages, INQUIRY: whole and consistent for every drive with every disc.
import { describe, expect, test } from 'vitest'
import { ask, blocks, packetMode, settleIn, write10 } from '../harness.ts'
import { Disc, Drive, profileNames } from '../index.ts'
import { type DiscKind, kinds } from '../kinds.ts'

const all = (Object.keys(kinds) as DiscKind[]).flatMap((kind) =>
  kinds[kind].states.map((state) => ({ kind, state })),
)

function features(drive: Drive, request = 0, from = 0): Map<number, { current: boolean; data: Buffer }> {
  const start = from.toString(16).padStart(4, '0')
  const { data } = ask(drive, `46 0${request} ${start} 00 00 00 ffff 00`)
  expect(data.readUInt32BE(0)).toBe(data.length - 4)
  const found = new Map<number, { current: boolean; data: Buffer }>()
  let last = -1
  for (let at = 8; at < data.length; ) {
    const code = data.readUInt16BE(at)
    expect(code).toBeGreaterThan(last)
    last = code
    const length = data[at + 3] as number
    expect(length % 4).toBe(0)
    found.set(code, {
      current: ((data[at + 2] as number) & 1) === 1,
      data: data.subarray(at + 4, at + 4 + length),
    })
    at += 4 + length
  }
  return found
}

const currentProfile = (drive: Drive) => ask(drive, '46 02 0000 00 00 00 0008 00').data.readUInt16BE(6)

describe.each(profileNames)('%s', (name) => {
  test('features are whole and ascending with every disc', () => {
    for (const disc of all) {
      const drive = new Drive({ profile: name })
      drive.insert(new Disc({ ...disc, blocks: 16384 }))
      const every = features(drive)
      for (const code of [0, 1, 2, 3, 0x10, 0x1e, 0x100, 0x105, 0x107, 0x108])
        expect(every.has(code)).toBe(true)
      const current = features(drive, 1)
      expect([...current.keys()]).toEqual([...every].filter(([, f]) => f.current).map(([code]) => code))
      const one = features(drive, 2, 0x1e)
      expect([...one.keys()]).toEqual([0x1e])
      expect(features(drive, 2, 0x7777).size).toBe(0)
      const list = every.get(0)?.data as Buffer
      expect(list.length).toBe(drive.profile.profiles.length * 4)
    }
  })
  test('page 2Ah says DVD-RAM exactly when the drive does', () => {
    const { data } = ask(settleIn(new Drive({ profile: name })), '5a 00 2a 00 00 00 00 00ff 00')
    expect(data.readUInt16BE(0)).toBe(data.length - 2)
    const ram = new Drive({ profile: name }).has(0x12) ? 0x20 : 0
    expect([data[8], (data[8 + 2] as number) & 0x20, (data[8 + 3] as number) & 0x20]).toEqual([
      0x2a,
      ram,
      ram,
    ])
    expect((data[8 + 3] as number) & 2).toBe(2)
  })
  test('INQUIRY and its pages', () => {
    const drive = new Drive({ profile: name })
    const { data } = ask(drive, '12 00 00 0060 00')
    expect(data.length).toBe(5 + (data[4] as number))
    expect([data[0], data[1]]).toEqual([5, 0x80])
    expect(data.toString('latin1', 8, 36)).toBe(
      drive.profile.vendor.padEnd(8) + drive.profile.model.padEnd(16) + drive.profile.revision.padEnd(4),
    )
    expect([...ask(drive, '12 01 00 00ff 00').data]).toEqual([5, 0, 0, 3, 0x00, 0x80, 0x83])
    expect(ask(drive, '12 01 80 00ff 00').data.toString('latin1', 4)).toBe(drive.profile.serial)
    const id = ask(drive, '12 01 83 00ff 00').data
    expect(id.length).toBe(4 + (id[3] as number))
    expect(ask(drive, '12 01 b0 00ff 00').result).toBe('5/24/00')
  })
})

test.each([
  ['cd-rw', 'formatted', 0x0a, [0x10, 0x1d, 0x1e, 0x23, 0x26], [0x20, 0x21, 0x2d]],
  ['cd-rw', 'blank', 0x0a, [0x21, 0x23, 0x2d], [0x10, 0x26]],
  ['dvd-rw', 'formatted', 0x13, [0x1f, 0x23, 0x26, 0x2c], [0x20, 0x21, 0x2f]],
  ['dvd-rw', 'blank', 0x14, [0x21, 0x23, 0x2f], [0x26, 0x2c]],
  ['dvd-rw', 'fast-blanked', 0x14, [0x2f], [0x21]],
  ['dvd+rw', 'formatted', 0x1a, [0x20, 0x2a], [0x26]],
  ['dvd-ram', 'formatted', 0x12, [0x20, 0x24], [0x26, 0x2a]],
  ['bd-re', 'formatted', 0x43, [0x20, 0x24, 0x40, 0x41], [0x1f]],
  ['cd-rom', 'session', 0x08, [0x10, 0x1e], [0x20, 0x21, 0x23, 0x26]],
  ['dvd-rom', 'session', 0x10, [0x10, 0x1f], [0x20, 0x21, 0x23]],
] as const)('%s %s: profile and features', (kind, state, profile, there, notThere) => {
  const drive = new Drive({ profile: 'bd' })
  drive.insert(new Disc({ kind, state, blocks: 16384 }))
  expect(currentProfile(drive)).toBe(profile)
  const current = features(drive, 1)
  for (const code of there) expect(current.has(code), code.toString(16)).toBe(true)
  for (const code of notThere) expect(current.has(code), code.toString(16)).toBe(false)
})

test('random writable tells the last LBA, 2048 bytes, the packet', () => {
  for (const [kind, packet] of [
    ['dvd+rw', 16],
    ['dvd-ram', 16],
    ['bd-re', 32],
  ] as const) {
    const drive = new Drive({ profile: 'bd' })
    drive.insert(new Disc({ kind, blocks: 16384 }))
    const data = features(drive).get(0x20)?.data as Buffer
    expect([data.readUInt32BE(0), data.readUInt32BE(4), data.readUInt16BE(8)]).toEqual([16383, 2048, packet])
  }
  // Only a drive that writes DVD+RW, DVD-RAM or BD-RE has the feature at all: the kernel goes by that.
  expect(features(new Drive({ profile: 'cdrw-only' })).has(0x20)).toBe(false)
  expect(features(new Drive({ profile: 'dvdrw' })).has(0x20)).toBe(true)
})

test('two current profiles on drives that do that; the header has the right one', () => {
  const drive = new Drive({ quirks: { twoCurrentProfiles: true } })
  drive.insert(new Disc({ kind: 'cd-r' }))
  const list = features(drive).get(0)?.data as Buffer
  const current = []
  for (let at = 0; at < list.length; at += 4) if (list[at + 2] === 1) current.push(list.readUInt16BE(at))
  expect(current).toEqual([0x09, 0x08])
  expect(currentProfile(drive)).toBe(0x09)
})

describe('mode pages', () => {
  const loaded = (
    options: ConstructorParameters<typeof Drive>[0],
    state: 'blank' | 'formatted' = 'formatted',
  ) => {
    const drive = new Drive(options)
    drive.insert(new Disc({ kind: 'cd-rw', blocks: 16384, state }))
    return settleIn(drive)
  }
  test('all pages, 6 and 10 bytes, default and changeable', () => {
    const drive = loaded({})
    const ten = ask(drive, '5a 00 3f 00 00 00 00 ffff 00').data
    const six = ask(drive, '1a 00 3f 00 ff 00').data
    expect(ten.subarray(8, 8 + 100)).toEqual(six.subarray(4, 4 + 100))
    expect(six[0]).toBe(ten.length - 8 + 3)
    expect(ask(drive, '5a 00 85 00 00 00 00 00ff 00').data[8]).toBe(5)
    expect(ask(drive, '5a 00 c5 00 00 00 00 00ff 00').result).toBe('5/39/00')
    expect(ask(drive, '5a 00 2c 00 00 00 00 00ff 00').result).toBe('5/24/00')
  })
  test('page 05h: set, read back, lost by a reset', () => {
    const drive = loaded({})
    expect(packetMode(drive).result).toBe('good')
    const page = ask(drive, '5a 00 05 00 00 00 00 00ff 00').data.subarray(8)
    expect([page[2], page[3], page[4], page.readUInt32BE(10)]).toEqual([0x40, 0x25, 10, 32])
    drive.reset()
    settleIn(drive)
    expect(ask(drive, '5a 00 05 00 00 00 00 00ff 00').data[8 + 2]).toBe(1)
  })
  test('what MODE SELECT refuses', () => {
    const drive = loaded({})
    const body = Buffer.alloc(60)
    body.set([0x05, 0x32, 0x40, 0x25, 4], 8)
    expect(ask(drive, '55 10 00 00 00 00 00 003c 00', body).result).toBe('5/26/00')
    expect(ask(drive, '55 00 00 00 00 00 00 003c 00', body).result).toBe('5/24/00')
    expect(ask(drive, '55 11 00 00 00 00 00 003c 00', body).result).toBe('5/24/00')
    body[9] = 0x34
    expect(ask(drive, '55 10 00 00 00 00 00 003c 00', body).result).toBe('5/1A/00')
    // Byte 9 is reserved.
    body.set([0x05, 0x32, 0x40, 0x25, 8, 0, 0, 0, 0, 1], 8)
    expect(ask(drive, '55 10 00 00 00 00 00 003c 00', body).result).toBe('5/26/00')
  })
  test('packet writing refused while the CD-RW is blank (ASUS DRW-24D5MT, LG BH16NS40), or always', () => {
    const quirks = { packetPage: 'refused-on-blank' } as const
    expect(packetMode(loaded({ quirks }, 'blank')).result).toBe('5/26/00')
    expect(packetMode(loaded({ quirks })).result).toBe('good')
    const always = loaded({ quirks: { packetPage: 'refused' } })
    expect(packetMode(always).result).toBe('5/26/00')
    expect(write10(always, 0, blocks(0, 32, 1)).result).toBe('good')
  })
})
