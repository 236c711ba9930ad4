// CD-RW as drives describe them, and what is to be decided.
import type { DiscDecision } from '../../src/media/decide.ts'
import type { DiscFacts } from '../../src/media/facts.ts'
import { BACKGROUND, capacity, cdRwFormattedTrack, cdRwSessionTrack, disc, track } from './recorded.ts'

const formattedCdRw: DiscFacts = { profile: 0x0a, disc: disc('complete'), track: track(cdRwFormattedTrack) }

export const cdDiscs: [what: string, facts: DiscFacts, expected: Partial<DiscDecision>][] = [
  // --- CD-RW ---
  [
    'CD-RW formatted by cdrwtool (PR 44)',
    formattedCdRw,
    {
      state: 'ready',
      medium: 'cd-rw',
      packetBlocks: 32,
      blocks: 295264,
      writable: true,
      reason: 'media.ready',
    },
  ],
  [
    'the same in a drive that calls it not erasable (PR 44)',
    { ...formattedCdRw, disc: disc('complete', { erasable: false }) },
    { state: 'ready', packetBlocks: 32, blocks: 295264, writable: true, reason: 'media.ready-not-erasable' },
  ],
  [
    'the same, appendable',
    { ...formattedCdRw, disc: disc('incomplete') },
    { state: 'ready', blocks: 295264 },
  ],
  [
    'the same, mode 1',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 6: 0xb1 }) },
    { state: 'ready' },
  ],
  [
    'the same with a last recorded address one block short',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 7: 2, 29: 0x04, 30: 0x81, 31: 0x5e }) },
    { state: 'ready', blocks: 295264 },
  ],
  [
    'the same with an impossible READ CAPACITY',
    { ...formattedCdRw, capacityBlocks: capacity('ff fd 00 00') },
    { state: 'ready', blocks: 295264 },
  ],
  [
    'a size that is not whole packets is rounded down',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 27: 0x7f }) },
    { state: 'ready', blocks: 295264 },
  ],
  [
    'CD-RW burnt in a session (PR 44)',
    { profile: 0x0a, disc: disc('complete'), track: track(cdRwSessionTrack) },
    { state: 'sequential', reason: 'media.session-burnt', medium: 'cd-rw' },
  ],
  ['CD-RW blank', { profile: 0x0a, disc: disc('empty') }, { state: 'blank', reason: 'media.blank-cd-rw' }],
  [
    'CD-RW with a blank track',
    { profile: 0x0a, disc: disc('incomplete'), track: track(cdRwSessionTrack, { 6: 0x41 }) },
    { state: 'blank', reason: 'media.blank-cd-rw' },
  ],
  [
    'CD-RW with two sessions burnt, appendable: the last track is the invisible one',
    {
      profile: 0x0a,
      disc: disc('incomplete', { session: 0 }),
      track: track(cdRwSessionTrack, { 2: 3, 6: 0x41, 10: 0x9c }),
    },
    { state: 'sequential', reason: 'media.session-burnt', medium: 'cd-rw' },
  ],
  [
    'the same in a drive that tells no address of it, and one that reserves it',
    { profile: 0x0a, disc: disc('incomplete'), track: track(cdRwSessionTrack, { 2: 2, 6: 0xc1 }) },
    { state: 'sequential', reason: 'media.session-burnt' },
  ],
  [
    'CD-RW formatted and never written to, whose track says blank',
    { ...formattedCdRw, disc: disc('incomplete'), track: track(cdRwFormattedTrack, { 6: 0x72 }) },
    { state: 'ready', blocks: 295264, writable: true },
  ],
  [
    'CD-RW whose track is reserved and blank',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 6: 0xf2 }) },
    { state: 'unformatted', reason: 'media.reserved-blank-track' },
  ],
  [
    'CD-RW with variable packets',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 6: 0xa2 }) },
    { state: 'sequential', reason: 'media.variable-packets' },
  ],
  [
    'packet size 0',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 23: 0 }) },
    { state: 'unsupported', reason: 'media.packet-size' },
  ],
  [
    'packet size 33',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 23: 33 }) },
    { state: 'unsupported', reason: 'media.packet-size' },
  ],
  [
    'packet size 16',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 23: 16 }) },
    { state: 'ready', packetBlocks: 16, blocks: 295264 },
  ],
  [
    'data mode unknown',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 6: 0xbf }) },
    { state: 'unsupported', reason: 'media.data-mode' },
  ],
  [
    'packets behind another track',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 10: 1 }) },
    { state: 'sequential', reason: 'media.not-first-track' },
  ],
  [
    'track damaged',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 5: 0x27 }) },
    { state: 'damaged', reason: 'media.damaged-session' },
  ],
  [
    'last session reserved',
    { ...formattedCdRw, disc: disc('incomplete', { session: 2 }) },
    { state: 'damaged', reason: 'media.damaged-session' },
  ],
  [
    'track size beyond any CD',
    { ...formattedCdRw, track: track(cdRwFormattedTrack, { 25: 0xff }) },
    { state: 'error', reason: 'media.capacity-implausible' },
  ],
  [
    'Mount Rainier, in a drive that only reads it',
    { ...formattedCdRw, disc: { ...disc('complete', { background: BACKGROUND.complete }), mrw: true } },
    { state: 'mrw', reason: 'media.mrw-read-only', medium: 'cd-rw' },
  ],
  [
    'Mount Rainier, in a drive that writes it',
    {
      profile: 0x0a,
      disc: { ...disc('complete', { background: BACKGROUND.complete }), mrw: true },
      mrwWritable: true,
      capacityBlocks: 237216,
    },
    { state: 'ready', reason: 'media.ready-mrw', medium: 'cd-rw', mrw: true, blocks: 237216 },
  ],
  [
    'Mount Rainier, write-protected',
    {
      profile: 0x0a,
      disc: { ...disc('complete', { background: BACKGROUND.complete }), mrw: true },
      mrwWritable: true,
      writeProtected: true,
    },
    { state: 'protected', reason: 'media.write-protected' },
  ],
  [
    'READ TRACK INFORMATION failed',
    { profile: 0x0a, disc: disc('complete') },
    { state: 'error', reason: 'media.no-track-information' },
  ],
  [
    'READ DISC INFORMATION failed',
    { profile: 0x0a },
    { state: 'error', reason: 'media.no-disc-information' },
  ],
]
