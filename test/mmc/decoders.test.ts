// Replies: recorded ones give what they were decoded to by hand; any bytes at all give a value or undefined.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CAPABILITIES_PAGE, decodeCapabilities } from '../../src/mmc/capabilities.ts'
import { decodeCapacity, decodeFormatCapacities } from '../../src/mmc/capacity.ts'
import { decodeConfiguration, decodeProfileList, feature } from '../../src/mmc/configuration.ts'
import { decodeDiscInformation } from '../../src/mmc/disc-information.ts'
import { decodeWriteProtection } from '../../src/mmc/disc-structure.ts'
import { decodeMediaEvent } from '../../src/mmc/events.ts'
import { decodeInquiry } from '../../src/mmc/inquiry.ts'
import { decodeModePage } from '../../src/mmc/mode.ts'
import { decodeWriteSpeeds } from '../../src/mmc/performance.ts'
import { decodeSense } from '../../src/mmc/sense.ts'
import { decodeAnswer } from '../../src/mmc/sg-header.ts'
import { decodeTrackInformation } from '../../src/mmc/track-information.ts'
import { decodeWriteParameters, encodePacketParameters } from '../../src/mmc/write-parameters.ts'
import { bytes, cdRwFormattedTrack, cdRwSessionTrack } from '../media/recorded.ts'

const decoders: Record<string, (reply: Buffer) => unknown> = {
  sense: decodeSense,
  inquiry: decodeInquiry,
  configuration: decodeConfiguration,
  'profile list': decodeProfileList,
  'mode page': (reply) => decodeModePage(reply, 0x2a),
  capabilities: decodeCapabilities,
  'write parameters': decodeWriteParameters,
  'disc information': decodeDiscInformation,
  'track information': decodeTrackInformation,
  capacity: decodeCapacity,
  'format capacities': decodeFormatCapacities,
  'write protection': decodeWriteProtection,
  'media event': decodeMediaEvent,
  'write speeds': decodeWriteSpeeds,
  'sg answer': decodeAnswer,
}

describe.each(Object.entries(decoders))('%s', (_, decode) => {
  test('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (random) => {
        decode(Buffer.from(random))
      }),
    )
  })
  test('never reads behind the end: a reply cut short gives the same with other bytes behind it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }), (reply, behind) => {
        const long = Buffer.concat([reply, behind])
        expect(decode(long.subarray(0, reply.length))).toEqual(decode(Buffer.from(reply)))
      }),
    )
  })
})

// What comes through sg's old interface has the kernel's left-over bytes behind it when the drive sent less than was asked for.
describe('a reply ends where it says it ends', () => {
  const stale = Buffer.alloc(64, 0xff)
  test('track information', () => {
    const reply = bytes('00 0c 01 01 00 07 b2 00 00 00 00 00 00 00')
    expect(decodeTrackInformation(Buffer.concat([reply, stale]))).toBeUndefined()
  })
  test('configuration', () => {
    const reply = bytes('00 00 00 0c 00 00 00 1a 00 2a 0b 04 01 00 00 00')
    expect(decodeConfiguration(Buffer.concat([reply, stale]))?.features).toHaveLength(1)
  })
  test('format capacities', () => {
    const reply = bytes('00 00 00 08 00 23 05 40 02 00 08 00')
    expect(decodeFormatCapacities(Buffer.concat([reply, stale]))?.formattable).toEqual([])
  })
  test('disc information of an old, shorter kind', () => {
    const reply = bytes('00 05 1e 01 01 01 01')
    expect(decodeDiscInformation(Buffer.concat([reply, stale]))).toMatchObject({
      status: 'complete',
      backgroundFormat: 'none',
      lastTrackOfLastSession: 1,
    })
  })
})

test('track information of a CD-RW formatted for packets (udftools PR 44)', () => {
  expect(decodeTrackInformation(cdRwFormattedTrack)).toEqual({
    number: 1,
    reservedTrack: true,
    blank: false,
    packet: true,
    fixedPacket: true,
    trackMode: 7,
    dataMode: 2,
    damaged: false,
    startAddress: 0,
    fixedPacketSize: 32,
    trackSize: 295264,
  })
})

test('track information of the same disc type burnt in a session (udftools PR 44)', () => {
  expect(decodeTrackInformation(cdRwSessionTrack)).toEqual({
    number: 1,
    reservedTrack: false,
    blank: false,
    packet: false,
    fixedPacket: false,
    trackMode: 4,
    dataMode: 1,
    damaged: false,
    startAddress: 0,
    fixedPacketSize: 0,
    trackSize: 34177,
  })
})

test('the last recorded address counts only when the drive says that it is valid', () => {
  const reply = Buffer.from(cdRwFormattedTrack)
  reply[31] = 9
  expect(decodeTrackInformation(reply)).not.toHaveProperty('lastRecordedAddress')
  reply[7] = 2
  expect(decodeTrackInformation(reply)?.lastRecordedAddress).toBe(9)
})

test('disc information', () => {
  // erasable, last session complete, disc complete, one session, track 1, background format suspended
  expect(decodeDiscInformation(bytes('00 20 1e 01 01 01 01 21 00 00 00 00'))).toEqual({
    status: 'complete',
    erasable: true,
    lastSession: 'complete',
    backgroundFormat: 'suspended',
    discType: 0,
    sessions: 1,
    firstTrackOfLastSession: 1,
    lastTrackOfLastSession: 1,
  })
  // Another data type is a list of resources, not this.
  expect(decodeDiscInformation(bytes('00 20 3e 01 01 01 01 21 00 00 00 00'))).toBeUndefined()
})

test('format capacities of a blank CD-RW (PLDS DU8AESH)', () => {
  const list = bytes(`00 00 00 20
    00 05 7d a9 01 00 08 00
    00 04 81 60 40 00 00 20
    00 00 00 00 44 00 00 20
    00 00 00 00 48 00 00 20`)
  expect(decodeFormatCapacities(list)).toEqual({
    current: { type: 'unformatted', blocks: 359849 },
    formattable: [
      { type: 0x10, blocks: 295264, parameter: 32 },
      { type: 0x11, blocks: 0, parameter: 32 },
      { type: 0x12, blocks: 0, parameter: 32 },
    ],
  })
})

test('capacity: address + 1, and 0 for the address 0 that stands for an empty disc', () => {
  expect(decodeCapacity(bytes('00 23 05 3f 00 00 08 00'))).toBe(2295104)
  expect(decodeCapacity(bytes('00 00 00 00 00 00 08 00'))).toBe(0)
  expect(decodeCapacity(bytes('ff fd 00 00 00 00 08 00'))).toBe(4294770689)
  expect(decodeCapacity(bytes('00 23 05 3f'))).toBeUndefined()
})

test('configuration: the profile of the header, also when two are marked current', () => {
  // Header 0Ah; profile list with 0Ah and 02h current (recorded of a HL-DT-ST GCC-4480B).
  const reply = bytes('00 00 00 10 00 00 00 0a 00 00 03 08 00 0a 01 00 00 02 01 00')
  const configuration = decodeConfiguration(reply)
  expect(configuration?.profile).toBe(0x0a)
  expect(configuration?.length).toBe(20)
  expect(configuration?.features[0]).toMatchObject({
    code: feature.profileList,
    current: true,
    persistent: true,
  })
  expect(decodeProfileList(configuration?.features[0]?.data ?? Buffer.alloc(0))).toEqual([
    { profile: 0x0a, current: true },
    { profile: 0x02, current: true },
  ])
})

test('inquiry', () => {
  const reply = Buffer.alloc(36, 0x20)
  reply.set([5, 0x80, 0, 2, 31, 0, 0, 0])
  reply.write('HL-DT-ST', 8)
  reply.write('DVDRAM GH22LS40', 16)
  reply.write('LL01', 32)
  expect(decodeInquiry(reply)).toEqual({
    deviceType: 5,
    removable: true,
    vendor: 'HL-DT-ST',
    product: 'DVDRAM GH22LS40',
    revision: 'LL01',
  })
})

test('capabilities page behind block descriptors that nobody asked for', () => {
  const page = bytes('2a 14 3f 37 f1 77 29 23 10 8a 01 00 06 80 10 8a 00 00 00 00 00 00')
  const reply = Buffer.concat([bytes('00 24 00 00 00 00 00 08'), Buffer.alloc(8), page])
  expect(decodeModePage(reply, CAPABILITIES_PAGE)).toEqual(page)
  expect(decodeCapabilities(page)).toEqual({
    readsCdRw: true,
    readsDvdRam: true,
    writesCdR: true,
    writesCdRw: true,
    writesDvdR: true,
    writesDvdRam: true,
    canLock: true,
    locked: false,
    canEject: true,
    bufferKiB: 1664,
    writeSpeeds: [],
  })
  expect(decodeModePage(reply, 0x05)).toBeUndefined()
})

test('write speeds, of page 2Ah and of GET PERFORMANCE, cut short', () => {
  const page = Buffer.alloc(42)
  page.set([0x2a, 40])
  page.writeUInt16BE(3, 30)
  page.writeUInt16BE(1764, 34)
  page.writeUInt16BE(706, 38)
  expect(decodeCapabilities(page)?.writeSpeeds).toEqual([1764, 706])
  const reply = bytes(
    '00 00 00 34 00 00 00 00 00 00 00 00 00 23 05 3f 00 00 2b 48 00 00 15 a4 00 00 00 00 00 00 00 00 00 00 2b 48',
  )
  expect(decodeWriteSpeeds(reply)).toEqual([{ read: 11080, write: 5540 }])
})

test('media events', () => {
  expect(decodeMediaEvent(bytes('00 06 04 5e 01 02 00 00'))).toEqual({
    event: 'eject-request',
    present: true,
    trayOpen: false,
  })
  expect(decodeMediaEvent(bytes('00 02 80 5e'))).toBeUndefined()
})

test('write protection', () => {
  expect(decodeWriteProtection(bytes('00 06 00 00 00 00 00 00'))).toBe(false)
  expect(decodeWriteProtection(bytes('00 06 00 00 02 00 00 00'))).toBe(true)
})

describe('write parameters', () => {
  test('as pktcdvd was seen to set them for a mode 1 track', () => {
    const page = encodePacketParameters({ trackMode: 5, dataMode: 1, fixedPacketSize: 32 })
    const expected = Buffer.alloc(52)
    expected.set(bytes('05 32 00 25 08 00 00 00 00 00 00 00 00 20 00 96'))
    expected[50] = 0x20
    expect(Buffer.from(page)).toEqual(expected)
  })
  test('match a mode 2 track, and keep what is the drive’s own', () => {
    const own = new Uint8Array(52).fill(0)
    own.set([0x85, 0x32, 0x62, 0xc4, 0x08, 0x07])
    own[14] = 0x01
    own[7] = 0x3f
    const page = encodePacketParameters({ trackMode: 7, dataMode: 2, fixedPacketSize: 32 }, own)
    expect(decodeWriteParameters(page)).toEqual({
      writeType: 0,
      bufferUnderrunFree: true,
      fixedPacket: true,
      trackMode: 7,
      dataBlockType: 10,
      sessionFormat: 0x20,
      packetSize: 32,
    })
    expect([page[0], page[7], page[14]]).toEqual([0x05, 0x3f, 0x01])
  })
})
