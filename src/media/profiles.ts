// The table of media profiles (MMC-6 table 93): what a disc is, from the number that the drive gives it.
import type { Medium } from '../settings/settings.ts'

export interface MediaProfile {
  /** For people, as printed on the box. */
  name: string
  /** Our name, for media that can be packet-written in this profile. */
  medium?: Medium
  /** Blocks of 2048 bytes in a packet; absent for CD-RW, where the track says it. */
  packetBlocks?: number
  /**
   * One WRITE may bring several packets: the kernel's own way with these discs, whose drives have seen it for years. CD-RW and
   * DVD-RW got one packet a command from pktcdvd and every burner, so they get no more from us.
   */
  severalAtOnce?: true
  /** The largest disc of the kind, blocks; whatever claims more is wrong. */
  maxBlocks?: number
  /** Why it is not ours, when it has no `medium`. */
  kind: 'rewritable' | 'sequential' | 'write-once' | 'read-only'
}

/** 99:59:74 less the lead-in's 150 frames; the largest CD address there is. */
const CD_MAX_BLOCKS = 449_850

export const profiles: ReadonlyMap<number, MediaProfile> = new Map<number, MediaProfile>([
  [0x02, { name: 'removable disk', kind: 'read-only' }],
  [0x03, { name: 'magneto-optical disc', kind: 'read-only' }],
  [0x08, { name: 'CD-ROM', kind: 'read-only' }],
  [0x09, { name: 'CD-R', kind: 'write-once' }],
  [0x0a, { name: 'CD-RW', medium: 'cd-rw', maxBlocks: CD_MAX_BLOCKS, kind: 'rewritable' }],
  [0x10, { name: 'DVD-ROM', kind: 'read-only' }],
  [0x11, { name: 'DVD-R', kind: 'write-once' }],
  [
    0x12,
    {
      name: 'DVD-RAM',
      medium: 'dvd-ram',
      packetBlocks: 16,
      maxBlocks: 2_295_072,
      kind: 'rewritable',
      severalAtOnce: true,
    },
  ],
  [0x13, { name: 'DVD-RW', medium: 'dvd-rw', packetBlocks: 16, maxBlocks: 2_298_496, kind: 'rewritable' }],
  [0x14, { name: 'DVD-RW (sequential)', kind: 'sequential' }],
  [0x15, { name: 'DVD-R DL', kind: 'write-once' }],
  [0x16, { name: 'DVD-R DL (layer jump)', kind: 'write-once' }],
  [0x17, { name: 'DVD-RW DL', kind: 'sequential' }],
  [
    0x1a,
    {
      name: 'DVD+RW',
      medium: 'dvd+rw',
      packetBlocks: 16,
      maxBlocks: 2_295_104,
      kind: 'rewritable',
      severalAtOnce: true,
    },
  ],
  [0x1b, { name: 'DVD+R', kind: 'write-once' }],
  [0x2a, { name: 'DVD+RW DL', kind: 'sequential' }],
  [0x2b, { name: 'DVD+R DL', kind: 'write-once' }],
  [0x40, { name: 'BD-ROM', kind: 'read-only' }],
  [0x41, { name: 'BD-R', kind: 'write-once' }],
  [0x42, { name: 'BD-R (random)', kind: 'write-once' }],
  [
    0x43,
    {
      name: 'BD-RE',
      medium: 'bd-re',
      packetBlocks: 32,
      maxBlocks: 48_878_592,
      kind: 'rewritable',
      severalAtOnce: true,
    },
  ],
  [0x50, { name: 'HD DVD-ROM', kind: 'read-only' }],
  [0x51, { name: 'HD DVD-R', kind: 'write-once' }],
  [0x52, { name: 'HD DVD-RAM', kind: 'read-only' }],
])

export const PROFILE_CD_RW = 0x0a
export const PROFILE_DVD_RAM = 0x12
export const PROFILE_DVD_RW_OVERWRITE = 0x13
export const PROFILE_DVD_RW_SEQUENTIAL = 0x14
export const PROFILE_DVD_PLUS_RW = 0x1a
export const PROFILE_BD_RE = 0x43

/** `CD-RW`; `a disc of profile 00FFh` for one that is not in the table. */
export const profileName = (profile: number): string =>
  profiles.get(profile)?.name ?? `a disc of profile ${profile.toString(16).toUpperCase().padStart(4, '0')}h`
