// What a journal says of itself at the start of each of its files: whose it is, and how its disc looked then.
import {
  array,
  boolean,
  type infer as Infer,
  int,
  literal,
  object,
  optional,
  record,
  string,
  union,
} from 'zod/mini'
import type { TryRead, Witnesses } from '../packet/witness.ts'

const stateSchema = object({
  /** 1: without `generation` and `known`. */
  format: union([literal(1), literal(2)]),
  /** Of two journals of one disc, the higher one has what is newer. */
  generation: optional(int()),
  /**
   * At some time the disc could be told from others, so that a flush may have been answered because of this journal. Format 1
   * answered in any case.
   */
  known: optional(boolean()),
  /**
   * Boot and medium sequence number: while both are the same the disc has not left the drive, and the engine died. Boot is
   * empty after an orderly end.
   */
  boot: string(),
  drive: string(),
  diskseq: string(),
  medium: string(),
  blocks: int(),
  packetBlocks: int(),
  witnesses: object({
    packets: record(string(), array(int())),
    identity: array(int()),
  }),
  /** Packets that another one stands in for, and that the disc's own table does not know of yet. */
  spared: optional(array(object({ packet: int(), spare: optional(int()), defective: array(int()) }))),
})
export type JournalState = Infer<typeof stateSchema>
/** A packet that is replaced. `spare`: absent when every one that was tried failed, as `defective` says. Numbers of packets. */
export type Spared = NonNullable<JournalState['spared']>[number]

/** Throws zod's error for what no version of this program wrote. */
export const parseJournalState = (value: unknown): JournalState => stateSchema.parse(value)

/** The disc that a journal is wanted for, and the drive that it is in. */
export interface DiscHere {
  /** The machine's boot id: what it is since it was switched on. */
  boot: string
  drive: string
  diskseq: string
  /** The packet device has stayed attached since the last engine served it: nobody else can have written to the disc. */
  attached?: boolean
  /** DISKSEQ of what is in another drive now; undefined when there is no such drive. */
  diskseqOf?: (drive: string) => string | undefined
  disc: { medium: string; blocks: number; packetBlocks: number }
  /** Reads from the disc itself. */
  read: TryRead
}

export function stateOf(
  { boot, drive, diskseq, disc }: DiscHere,
  about: {
    generation: number
    known: boolean
    left: boolean
    witnesses: Witnesses
    spared: readonly Spared[]
  },
): JournalState {
  const { medium, blocks, packetBlocks } = disc
  const { generation, known, left, witnesses, spared } = about
  return {
    ...{ format: 2 as const, generation, known, boot: left ? '' : boot, drive, diskseq },
    ...{ medium, blocks, packetBlocks, witnesses },
    ...(spared.length === 0 ? {} : { spared: [...spared] }),
  }
}

export const isSameKind = (state: JournalState, { disc }: DiscHere): boolean =>
  state.medium === disc.medium && state.blocks === disc.blocks && state.packetBlocks === disc.packetBlocks

/** The disc has not left the drive since the journal's engine served it. */
export const hasStayed = (state: JournalState, here: DiscHere): boolean =>
  state.boot === here.boot && state.drive === here.drive && state.diskseq === here.diskseq

/**
 * The journal's disc is in another drive, and an engine may be writing to both: it has not left that drive since, so it is
 * not the one in ours, however alike they are.
 */
export const isElsewhere = (state: JournalState, { boot, drive, diskseqOf }: DiscHere): boolean =>
  state.boot === boot && state.drive !== drive && diskseqOf?.(state.drive) === state.diskseq
