// Facts that a drive could tell, however little sense they make.
import fc from 'fast-check'
import { profiles } from '../../src/media/profiles.ts'

export const anyFacts = fc.record(
  {
    profile: fc.oneof(fc.constantFrom(...profiles.keys()), fc.integer({ min: 0, max: 0xffff })),
    disc: fc.record({
      status: fc.constantFrom('empty', 'incomplete', 'complete', 'other'),
      erasable: fc.boolean(),
      lastSession: fc.constantFrom('empty', 'incomplete', 'reserved', 'complete'),
      backgroundFormat: fc.constantFrom('none', 'suspended', 'running', 'complete'),
      mrw: fc.boolean(),
      discType: fc.nat(255),
    }),
    track: fc.record({
      reservedTrack: fc.boolean(),
      blank: fc.boolean(),
      packet: fc.boolean(),
      fixedPacket: fc.boolean(),
      trackMode: fc.nat(15),
      dataMode: fc.nat(15),
      damaged: fc.boolean(),
      startAddress: fc.constantFrom(0, 0, 1, 0xffffffff),
      fixedPacketSize: fc.oneof(fc.constantFrom(0, 16, 32, 129), fc.nat(0xffffffff)),
      trackSize: fc.oneof(fc.constantFrom(0, 31, 295264), fc.nat(0xffffffff)),
    }),
    formatted: fc.record({
      type: fc.constantFrom('unformatted', 'formatted', 'unknown'),
      blocks: fc.nat(0xffffffff),
    }),
    capacityBlocks: fc.oneof(fc.constantFrom(0, 2295104, 4294770689), fc.nat(0xffffffff)),
    writeProtected: fc.boolean(),
    mrwWritable: fc.boolean(),
    busy: fc.constant('2/04/01 becoming ready'),
  },
  { requiredKeys: ['profile'] },
)
