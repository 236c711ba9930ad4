// What is this disc, and may we write packets to it? Decided from profile, disc information and track information; sizes also
// from the capacities. What the kernel, sysfs or an open() say about writability is not asked: they are wrong for several media.
import type { mediaCodes } from '../diagnostics/codes/media.ts'
import type { Medium } from '../settings/settings.ts'
import { plausibleBlocks, wholePackets } from './capacity.ts'
import type { DiscFacts } from './facts.ts'
import {
  type MediaProfile,
  PROFILE_BD_RE,
  PROFILE_CD_RW,
  PROFILE_DVD_PLUS_RW,
  PROFILE_DVD_RAM,
  PROFILE_DVD_RW_OVERWRITE,
  profiles,
} from './profiles.ts'

export type DiscState =
  | 'ready'
  | 'blank'
  | 'unformatted'
  | 'sequential'
  | 'protected'
  | 'damaged'
  | 'busy'
  | 'mrw'
  | 'unsupported'
  | 'timeout'
  | 'error'

type MediaReason = keyof typeof mediaCodes

export interface DiscDecision {
  /** Only `ready` is mapped. */
  state: DiscState
  medium?: Medium
  /** Blocks of 2048 bytes in one packet; with `ready` always there, but for `mrw`. */
  packetBlocks?: number
  /** Writable blocks of 2048 bytes, whole packets; with `ready` always there, but for `mrw`. */
  blocks?: number
  /** Mount Rainier: the drive gathers packets by itself and the kernel writes it as a disk; never the engine's. */
  mrw?: true
  writable: boolean
  /** Why; a row of the catalogue, which has the next step. */
  reason: MediaReason
}

/** UDF prescribes 32 for CD-RW (UDF 2.01 §6.11.2); larger ones are nobody's. */
const MAX_PACKET_BLOCKS = 32

const refuse = (state: DiscState, reason: MediaReason, medium?: Medium): DiscDecision => ({
  state,
  reason,
  writable: false,
  ...(medium === undefined ? {} : { medium }),
})

/** Pure and total: every combination of facts has an answer, the unclear ones a refusal. */
export function decide(facts: DiscFacts): DiscDecision {
  if (facts.busy !== undefined) return refuse('busy', 'media.busy')
  if (facts.profile === 0) return refuse('unsupported', 'media.no-disc')
  const profile = profiles.get(facts.profile)
  if (profile === undefined) return refuse('unsupported', 'media.unknown-profile')
  const medium = profile.medium
  if (medium === undefined) return notOurs(facts, profile)
  if (facts.profile === PROFILE_CD_RW) return decideCdRw(facts, medium, profile)
  if (facts.disc === undefined && !tellsItsFormat(facts))
    return refuse('error', 'media.no-disc-information', medium)
  if (facts.disc?.mrw) return decideMrw(facts, medium)
  const refusal = facts.writeProtected
    ? refuse('protected', 'media.write-protected', medium)
    : refusalOf(facts, medium)
  if (refusal !== undefined) return refusal
  const packetBlocks = profile.packetBlocks ?? 16
  const blocks = plausibleBlocks(facts, packetBlocks, profile.maxBlocks ?? 0)
  if (blocks === undefined) return refuse('error', 'media.capacity-implausible', medium)
  return { state: 'ready', medium, packetBlocks, blocks, writable: true, reason: 'media.ready' }
}

/** Feature 0020h, which these two have instead of a recordable disc's, asks no drive for READ DISC INFORMATION. */
const tellsItsFormat = ({ profile, formatted }: DiscFacts): boolean =>
  (profile === PROFILE_DVD_RAM || profile === PROFILE_BD_RE) && formatted !== undefined

/** A drive without the write bit in its MRW feature reads such a disc at best, and the kernel opens it for nobody to write. */
function decideMrw(facts: DiscFacts, medium: Medium): DiscDecision {
  if (facts.writeProtected) return refuse('protected', 'media.write-protected', medium)
  if (facts.mrwWritable !== true) return refuse('mrw', 'media.mrw-read-only', medium)
  const blocks = facts.capacityBlocks
  return {
    state: 'ready',
    medium,
    writable: true,
    mrw: true,
    reason: 'media.ready-mrw',
    ...(blocks === undefined ? {} : { blocks }),
  }
}

function notOurs(facts: DiscFacts, profile: MediaProfile): DiscDecision {
  if (profile.kind !== 'sequential') {
    return refuse('unsupported', profile.kind === 'write-once' ? 'media.write-once' : 'media.read-only')
  }
  if (facts.disc?.status === 'empty') return refuse('blank', 'media.blank-dvd-rw')
  // "reserved" is the standard's word for a session that a failed write left behind.
  if (facts.disc?.lastSession === 'reserved') return refuse('damaged', 'media.damaged-session')
  return refuse('sequential', 'media.sequential-dvd-rw')
}

/**
 * Track information decides: Packet and FP are what makes a CD-RW random writable. The erasable bit is only a hint, since
 * recorded drives clear it on discs that they formatted themselves (udftools PR 44).
 */
function decideCdRw(facts: DiscFacts, medium: Medium, profile: MediaProfile): DiscDecision {
  const { disc, track } = facts
  if (disc === undefined) return refuse('error', 'media.no-disc-information', medium)
  if (disc.status === 'empty') return refuse('blank', 'media.blank-cd-rw', medium)
  if (disc.mrw) return decideMrw(facts, medium)
  if (facts.writeProtected) return refuse('protected', 'media.write-protected', medium)
  if (track === undefined) return refuse('error', 'media.no-track-information', medium)
  if (track.damaged || disc.lastSession === 'reserved')
    return refuse('damaged', 'media.damaged-session', medium)
  // Of an appendable disc the last track is the one that is to come: what is on the others is not blank (MMC-6 §6.26, invisible track).
  if (track.blank && (track.number > 1 || track.startAddress > 0))
    return refuse('sequential', 'media.session-burnt', medium)
  if (track.reservedTrack && track.blank) return refuse('unformatted', 'media.reserved-blank-track', medium)
  // Formatted, and nobody has written to it yet: as pktcdvd has it ("good settings as per Mt Fuji").
  const untouched = track.packet && track.fixedPacket
  if (track.blank && !untouched) return refuse('blank', 'media.blank-cd-rw', medium)
  if (!track.packet) return refuse('sequential', 'media.session-burnt', medium)
  if (!track.fixedPacket) return refuse('sequential', 'media.variable-packets', medium)
  if (track.startAddress !== 0) return refuse('sequential', 'media.not-first-track', medium)
  const packetBlocks = track.fixedPacketSize
  if (packetBlocks < 1 || packetBlocks > MAX_PACKET_BLOCKS)
    return refuse('unsupported', 'media.packet-size', medium)
  if (track.dataMode !== 1 && track.dataMode !== 2) return refuse('unsupported', 'media.data-mode', medium)
  // The track's size, never READ CAPACITY or the last recorded address: recorded drives have none, or one block too few.
  const blocks = wholePackets(track.trackSize, packetBlocks)
  if (blocks === 0 || blocks > (profile.maxBlocks ?? 0))
    return refuse('error', 'media.capacity-implausible', medium)
  const reason = disc.erasable ? 'media.ready' : 'media.ready-not-erasable'
  return { state: 'ready', medium, packetBlocks, blocks, writable: true, reason }
}

/** Why a DVD or BD that overwrites in place is not ready. Its track's packet bits differ from drive to drive and say nothing. */
function refusalOf(facts: DiscFacts, medium: Medium): DiscDecision | undefined {
  const disc = facts.disc
  const format = facts.formatted?.type
  switch (facts.profile) {
    case PROFILE_DVD_RW_OVERWRITE:
      if (facts.track?.damaged || disc?.lastSession === 'reserved')
        return refuse('damaged', 'media.damaged-session', medium)
      // A quick format that was never closed: its size is not known to the drive itself.
      if (format === 'unknown') return refuse('unformatted', 'media.format-unfinished', medium)
      // Freshly formatted says appendable, used says complete. Empty is believed only without a format size.
      if (format === 'unformatted' || (disc?.status === 'empty' && format === undefined))
        return refuse('unformatted', 'media.unformatted-dvd', medium)
      return undefined
    case PROFILE_DVD_PLUS_RW:
      return disc?.backgroundFormat === 'none'
        ? refuse('unformatted', 'media.unformatted-dvd-plus-rw', medium)
        : undefined
    case PROFILE_DVD_RAM:
      // Type 01b in the current descriptor: never formatted, or a format that was interrupted.
      if (format === 'unformatted') return refuse('unformatted', 'media.unformatted-dvd-ram', medium)
      // A writable DVD-RAM says "other"; a protected one says "complete". The drive's own word on protection goes first.
      if (disc?.status === 'complete' && facts.writeProtected === undefined)
        return refuse('protected', 'media.write-protected', medium)
      return undefined
    case PROFILE_BD_RE:
      return format === 'unformatted' || (format === undefined && disc?.status === 'empty')
        ? refuse('unformatted', 'media.unformatted-bd-re', medium)
        : undefined
    default:
      return refuse('unsupported', 'media.unknown-profile', medium)
  }
}
