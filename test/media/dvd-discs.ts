// DVD, BD and what is not ours, as drives describe them, and what is to be decided.
import type { DiscDecision } from '../../src/media/decide.ts'
import type { DiscFacts } from '../../src/media/facts.ts'
import {
  BACKGROUND,
  capacity,
  cdRwFormattedTrack,
  cdRwSessionTrack,
  disc,
  formatted,
  track,
} from './recorded.ts'

export const dvdDiscs: [what: string, facts: DiscFacts, expected: Partial<DiscDecision>][] = [
  // --- DVD-RW, restricted overwrite ---
  [
    '8 cm DVD-RW of a camcorder, used: complete (MATSHITA UJ8B0AW)',
    {
      profile: 0x13,
      disc: disc('complete'),
      track: track(cdRwSessionTrack),
      capacityBlocks: 537856,
      formatted: formatted('00 08 35 00 02 00 08 00'),
    },
    {
      state: 'ready',
      medium: 'dvd-rw',
      packetBlocks: 16,
      blocks: 537856,
      writable: true,
      reason: 'media.ready',
    },
  ],
  [
    'freshly formatted: appendable',
    {
      profile: 0x13,
      disc: disc('incomplete'),
      track: track(cdRwFormattedTrack),
      capacityBlocks: 2297888,
      formatted: formatted('00 23 10 20 02 00 08 00'),
    },
    { state: 'ready', blocks: 2297888 },
  ],
  [
    'READ CAPACITY 178.5 % after a quick format (Pioneer DVR-x05)',
    {
      profile: 0x13,
      disc: disc('incomplete'),
      capacityBlocks: 4101730,
      formatted: formatted('00 23 10 20 02 00 08 00'),
    },
    { state: 'ready', blocks: 2297888 },
  ],
  [
    'READ CAPACITY 0, as of a disc without a complete session (Pioneer manual)',
    {
      profile: 0x13,
      disc: disc('incomplete'),
      capacityBlocks: capacity('00 00 00 00'),
      formatted: formatted('00 23 10 20 02 00 08 00'),
    },
    { state: 'ready', blocks: 2297888 },
  ],
  [
    'READ CAPACITY FFFD0000h and no format size',
    { profile: 0x13, disc: disc('complete'), capacityBlocks: capacity('ff fd 00 00') },
    { state: 'error', reason: 'media.capacity-implausible' },
  ],
  [
    'quick format never closed: type 11b',
    { profile: 0x13, disc: disc('incomplete'), formatted: formatted('00 00 00 00 03 00 08 00') },
    { state: 'unformatted', reason: 'media.format-unfinished', medium: 'dvd-rw' },
  ],
  [
    'unformatted',
    { profile: 0x13, disc: disc('empty'), formatted: formatted('00 23 10 20 01 00 08 00') },
    { state: 'unformatted', reason: 'media.unformatted-dvd' },
  ],
  [
    'empty, no format size known',
    { profile: 0x13, disc: disc('empty') },
    { state: 'unformatted', reason: 'media.unformatted-dvd' },
  ],
  [
    'damaged',
    { profile: 0x13, disc: disc('incomplete', { session: 2 }), capacityBlocks: 2297888 },
    { state: 'damaged', reason: 'media.damaged-session' },
  ],
  // --- DVD-RW, sequential ---
  ['blank', { profile: 0x14, disc: disc('empty') }, { state: 'blank', reason: 'media.blank-dvd-rw' }],
  [
    'closed, three sessions (BD-5300S)',
    { profile: 0x14, disc: disc('complete') },
    { state: 'sequential', reason: 'media.sequential-dvd-rw' },
  ],
  ['fast-blanked, no track (GH22LS40)', { profile: 0x14, disc: disc('incomplete') }, { state: 'sequential' }],
  [
    'burn went wrong (DRW-1608P2)',
    { profile: 0x14, disc: disc('incomplete', { session: 2 }), capacityBlocks: 4294770689 },
    { state: 'damaged', reason: 'media.damaged-session' },
  ],
  // --- DVD+RW: three drives, three ways to describe the same track ---
  ...(
    [
      ['BENQ DQ60, FP 16', 0x30],
      ['ASUS DRW-24B1ST, packet only', 0x20],
      ['NEC ND-3540A, neither', 0x00],
    ] as const
  ).map(([drive, flags]): [string, DiscFacts, Partial<DiscDecision>] => [
    `DVD+RW in ${drive}`,
    {
      profile: 0x1a,
      disc: disc('complete', { background: BACKGROUND.suspended }),
      track: track(cdRwFormattedTrack, { 6: flags | 1, 23: flags === 0x30 ? 16 : 0 }),
      capacityBlocks: capacity('00 23 05 3f'),
      formatted: formatted('00 23 05 40 02 00 08 00'),
    },
    { state: 'ready', medium: 'dvd+rw', packetBlocks: 16, blocks: 2295104, writable: true },
  ]),
  [
    'DVD+RW whose format runs in the background',
    { profile: 0x1a, disc: disc('incomplete', { background: BACKGROUND.running }), capacityBlocks: 2295104 },
    { state: 'ready', blocks: 2295104 },
  ],
  [
    'DVD+RW virgin',
    { profile: 0x1a, disc: disc('empty') },
    { state: 'unformatted', reason: 'media.unformatted-dvd-plus-rw', medium: 'dvd+rw' },
  ],
  [
    'DVD+RW with Mount Rainier',
    {
      profile: 0x1a,
      disc: { ...disc('complete', { background: BACKGROUND.complete }), mrw: true },
      capacityBlocks: 2295104,
      mrwWritable: true,
    },
    { state: 'ready', medium: 'dvd+rw', mrw: true },
  ],
  [
    'DVD+RW, track information failed (BENQ, 3/11/05)',
    { profile: 0x1a, disc: disc('complete', { background: BACKGROUND.complete }), capacityBlocks: 2295104 },
    { state: 'ready' },
  ],
  // --- DVD-RAM ---
  [
    'DVD-RAM, status other (SH-S182M)',
    {
      profile: 0x12,
      disc: disc('other'),
      capacityBlocks: 2236704,
      formatted: formatted('00 22 21 20 02 00 08 00'),
    },
    { state: 'ready', medium: 'dvd-ram', packetBlocks: 16, blocks: 2236704 },
  ],
  [
    'DVD-RAM protected by its cartridge',
    { profile: 0x12, disc: disc('other'), capacityBlocks: 2236704, writeProtected: true },
    { state: 'protected', reason: 'media.write-protected', writable: false },
  ],
  [
    'DVD-RAM that says complete, and nobody tells of protection',
    { profile: 0x12, disc: disc('complete'), capacityBlocks: 2236704 },
    { state: 'protected', reason: 'media.write-protected' },
  ],
  [
    'DVD-RAM that says complete, told to be unprotected',
    { profile: 0x12, disc: disc('complete'), capacityBlocks: 2236704, writeProtected: false },
    { state: 'ready' },
  ],
  [
    'DVD-RAM, format interrupted',
    { profile: 0x12, disc: disc('other'), formatted: formatted('00 22 21 20 01 00 08 00') },
    { state: 'unformatted', reason: 'media.unformatted-dvd-ram' },
  ],
  [
    'DVD-RAM, one block less by READ CAPACITY: whole packets only',
    {
      profile: 0x12,
      disc: disc('other'),
      capacityBlocks: 2236703,
      formatted: formatted('00 22 21 20 02 00 08 00'),
    },
    { state: 'ready', blocks: 2236688 },
  ],
  // --- BD-RE ---
  [
    'BD-RE (BDR-209D)',
    {
      profile: 0x43,
      disc: disc('complete'),
      capacityBlocks: 11826176,
      formatted: formatted('00 b4 74 00 02 00 08 00'),
    },
    { state: 'ready', medium: 'bd-re', packetBlocks: 32, blocks: 11826176 },
  ],
  [
    'BD-RE with little spare',
    { profile: 0x43, disc: disc('complete'), capacityBlocks: 12088320 },
    { state: 'ready', blocks: 12088320 },
  ],
  [
    'BD-RE unformatted',
    { profile: 0x43, disc: disc('empty'), formatted: formatted('00 ba 73 40 01 00 08 00') },
    { state: 'unformatted', reason: 'media.unformatted-bd-re' },
  ],
  // --- not ours ---
  ['no disc', { profile: 0 }, { state: 'unsupported', reason: 'media.no-disc' }],
  ['CD-ROM', { profile: 0x08 }, { state: 'unsupported', reason: 'media.read-only' }],
  ['CD-R', { profile: 0x09 }, { state: 'unsupported', reason: 'media.write-once' }],
  ['DVD+R DL', { profile: 0x2b }, { state: 'unsupported', reason: 'media.write-once' }],
  ['BD-R', { profile: 0x41 }, { state: 'unsupported', reason: 'media.write-once' }],
  ['a profile of the future', { profile: 0x60 }, { state: 'unsupported', reason: 'media.unknown-profile' }],
  [
    'a format runs',
    { profile: 0, busy: '2/04/04 format in progress' },
    { state: 'busy', reason: 'media.busy' },
  ],
]
