// What it takes to make a disc ready for packet writing: which formats, in which order, and why not. Pure; mmc/format-disc.ts does it.
import type { prepareCodes } from '../diagnostics/codes/prepare.ts'
import type { Medium } from '../settings/settings.ts'
import { wholePackets } from './capacity.ts'
import { type DiscDecision, decide } from './decide.ts'
import type { DiscFacts } from './facts.ts'
import {
  type MediaProfile,
  PROFILE_BD_RE,
  PROFILE_CD_RW,
  PROFILE_DVD_PLUS_RW,
  PROFILE_DVD_RAM,
  PROFILE_DVD_RW_OVERWRITE,
  PROFILE_DVD_RW_SEQUENTIAL,
  profiles,
} from './profiles.ts'

/** A formattable capacity descriptor of READ FORMAT CAPACITIES (MMC-6 §6.24.3.3). */
export interface FormatOffer {
  type: number
  /** Of 2048 bytes. */
  blocks: number
  /** Packet size, block length or spare clusters, by type. */
  parameter: number
}

type PreparationStep =
  /** BLANK: all of the disc, or what is needed to forget what is on it. */
  | { do: 'blank'; full: boolean }
  /** FORMAT UNIT with what the drive then offers; of a blanked disc it offers other sizes than before. */
  | { do: 'format' }
  /** Wait until the rest of a DVD+RW is formatted, too. */
  | { do: 'background' }

export interface Preparation {
  medium: Medium
  /** None for a disc that has its format: then it only gets a file system. */
  steps: PreparationStep[]
  /** What it will hold, blocks; absent when only the blanked disc can tell. */
  blocks?: number
  /** There may be something on it that is lost. */
  holdsData: boolean
}

export type PreparationDecision = { plan: Preparation } | { refused: keyof typeof prepareCodes }

/** How each medium is formatted: the profile that it then has, and the format types in the order of preference. */
const formats: Record<Medium, { profile: number; types: readonly number[] }> = {
  'cd-rw': { profile: PROFILE_CD_RW, types: [0x10] },
  // Never 15h or 13h: quick formats leave a disc that can only be written in order, and whose size the drive does not know.
  'dvd-rw': { profile: PROFILE_DVD_RW_OVERWRITE, types: [0x00, 0x10] },
  'dvd+rw': { profile: PROFILE_DVD_PLUS_RW, types: [0x26] },
  'dvd-ram': { profile: PROFILE_DVD_RAM, types: [0x00, 0x01] },
  // 00h first: drives refuse 30h (GGW-H20L), and 31h has no spare areas.
  'bd-re': { profile: PROFILE_BD_RE, types: [0x00, 0x30, 0x31] },
}

/** Packets of a CD-RW: what UDF prescribes (UDF 2.01 §6.11.2). */
const cdPacketBlocks = 32

/** An offer in whole packets, and in the size that the drive told. */
export interface ChosenOffer extends FormatOffer {
  offered: number
}

/** The offer to take: the drive's first one of the best type, if its size is possible for such a disc. */
export function chooseOffer(medium: Medium, offers: readonly FormatOffer[]): ChosenOffer | undefined {
  const { profile, types } = formats[medium]
  const { packetBlocks = cdPacketBlocks, maxBlocks = 0 } = profiles.get(profile) as MediaProfile
  for (const type of types) {
    const offer = offers.find((o) => o.type === type && o.blocks >= packetBlocks && o.blocks <= maxBlocks)
    if (offer === undefined) continue
    const parameter = medium === 'cd-rw' ? cdPacketBlocks : offer.parameter
    return { type, blocks: wholePackets(offer.blocks, packetBlocks), offered: offer.blocks, parameter }
  }
  return undefined
}

const mediumOf = (profile: number): Medium | undefined =>
  profile === PROFILE_DVD_RW_SEQUENTIAL ? 'dvd-rw' : profiles.get(profile)?.medium

function refusalOf(
  facts: DiscFacts,
  { state, mrw, reason }: DiscDecision,
): keyof typeof prepareCodes | undefined {
  if (facts.busy !== undefined) return 'prepare.busy'
  if (facts.profile === 0) return 'prepare.no-disc'
  if (mediumOf(facts.profile) === undefined) {
    const kind = profiles.get(facts.profile)?.kind
    return kind === 'write-once' ? 'prepare.write-once' : 'prepare.not-rewritable'
  }
  if (mrw || state === 'mrw') return 'prepare.mount-rainier'
  return facts.writeProtected || reason === 'media.write-protected' ? 'prepare.write-protected' : undefined
}

/** Never recorded, or nothing that could be read. */
const empty: readonly DiscDecision['reason'][] = [
  'media.blank-cd-rw',
  'media.blank-dvd-rw',
  'media.reserved-blank-track',
  'media.unformatted-dvd',
  'media.unformatted-dvd-plus-rw',
  'media.unformatted-dvd-ram',
  'media.unformatted-bd-re',
]

/** It is formatted, but not all of it: a DVD-RW after a quick format that was closed early. */
const isPartial = (medium: Medium, blocks: number | undefined, offer: FormatOffer | undefined): boolean =>
  medium === 'dvd-rw' && offer !== undefined && (blocks ?? 0) < offer.blocks - offer.blocks / 16

function stepsFor(
  medium: Medium,
  facts: DiscFacts,
  decision: DiscDecision,
  full: boolean,
): PreparationStep[] {
  const format: PreparationStep = { do: 'format' }
  if (medium === 'dvd+rw') return full ? [format, { do: 'background' }] : [format]
  if (medium !== 'cd-rw' || facts.disc?.status === 'empty') return [format]
  return [{ do: 'blank', full: full || decision.state === 'damaged' }, format]
}

/**
 * What to do with this disc. A disc that has its format keeps it unless `full` asks for a new one: formatting wears DVD+RW out after some ten
 * times. `offers` are the formattable capacities that the drive tells now.
 */
export function preparationOf(
  facts: DiscFacts,
  offers: readonly FormatOffer[],
  full: boolean,
): PreparationDecision {
  const decision = decide(facts)
  const refused = refusalOf(facts, decision)
  const medium = mediumOf(facts.profile)
  if (refused !== undefined || medium === undefined) return { refused: refused ?? 'prepare.not-rewritable' }
  // A drive that does not tell of the disc is not believed that there is nothing on it.
  const holdsData = facts.disc === undefined || !empty.includes(decision.reason)
  const offer = chooseOffer(medium, offers)
  const { state, blocks } = decision
  if (state === 'ready' && !full && !isPartial(medium, blocks, offer))
    return { plan: { medium, steps: [], holdsData, ...(blocks === undefined ? {} : { blocks }) } }
  const steps = stepsFor(medium, facts, decision, full)
  // A disc that has to be blanked first may be offered nothing before.
  if (offer === undefined && steps[0]?.do !== 'blank') return { refused: 'prepare.no-format' }
  return { plan: { medium, steps, holdsData, ...(offer === undefined ? {} : { blocks: offer.blocks }) } }
}
