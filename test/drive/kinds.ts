// The kinds of disc the drive can hold: MMC profile, packet, sizes (blocks of 2048 bytes).

/** What is pressed or moulded; what is on it is `DiscState`. */
export type DiscKind =
  | 'cd-rw'
  | 'dvd-rw'
  | 'dvd+rw'
  | 'dvd-ram'
  | 'bd-re'
  | 'cd-rom'
  | 'cd-r'
  | 'audio-cd'
  | 'dvd-rom'
  | 'dvd-r'

/**
 * blank: nothing, or blanked in full. fast-blanked: DVD-RW after BLANK 001b. formatted: packet-formatted CD-RW,
 * restricted overwrite DVD-RW, formatted DVD+RW, DVD-RAM, BD-RE. intermediate: DVD-RW after a quick format, before
 * CLOSE SESSION. appendable: a session is recorded and another may follow. session: recorded and closed.
 * damaged: DVD-RW whose last session broke off.
 */
export type DiscState =
  | 'blank'
  | 'fast-blanked'
  | 'formatted'
  | 'intermediate'
  | 'appendable'
  | 'session'
  | 'damaged'

export interface KindFacts {
  family: 'cd' | 'dvd' | 'bd'
  /** Blocks the medium rewrites at once. */
  packet: number
  /** Formatted capacity of a full-size disc. */
  blocks: number
  states: readonly DiscState[]
}

const rewritable: readonly DiscState[] = ['formatted', 'blank']
const dvdMinusRw: readonly DiscState[] = [
  'formatted',
  'blank',
  'fast-blanked',
  'intermediate',
  'appendable',
  'session',
  'damaged',
]

/** The first state of each kind is its default. */
export const kinds: Record<DiscKind, KindFacts> = {
  'cd-rw': {
    family: 'cd',
    packet: 32,
    blocks: 295264,
    states: ['formatted', 'blank', 'appendable', 'session'],
  },
  'dvd-rw': { family: 'dvd', packet: 16, blocks: 2297888, states: dvdMinusRw },
  'dvd+rw': { family: 'dvd', packet: 16, blocks: 2295104, states: rewritable },
  'dvd-ram': { family: 'dvd', packet: 16, blocks: 2236704, states: rewritable },
  'bd-re': { family: 'bd', packet: 32, blocks: 11826176, states: rewritable },
  'cd-rom': { family: 'cd', packet: 32, blocks: 333000, states: ['session'] },
  'cd-r': { family: 'cd', packet: 32, blocks: 333000, states: ['session'] },
  'audio-cd': { family: 'cd', packet: 32, blocks: 270000, states: ['session'] },
  'dvd-rom': { family: 'dvd', packet: 16, blocks: 2295104, states: ['session'] },
  'dvd-r': { family: 'dvd', packet: 16, blocks: 2298496, states: ['session'] },
}

/** Lead-out of a CD-RW (ATIP, LBA) that formats to so many blocks: 32 + 7 blocks a packet. 295264 → 359849. */
export const cdLeadOut = (formatted: number): number => (formatted / 32) * 39 - 4

/** What fits on a BD-RE without spare areas: 12219392 for 11826176, in proportion otherwise. */
export const bdRaw = (formatted: number): number => formatted + bdSpare(formatted) * 32

/** Spare clusters (type dependent parameter of format 00h/30h): 3000h for the full size. */
export const bdSpare = (formatted: number): number => Math.max(1, Math.round((formatted * 0x3000) / 11826176))
