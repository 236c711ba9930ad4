// Why a block request failed, in the terms that a block device has: an errno, and the drive's sense data behind it.
import type { Sense } from '../mmc/sense.ts'

/** errno values that a block request can end with (errno(3)). */
export const errno = { EPERM: 1, EIO: 5, EINVAL: 22, ENOSPC: 28 } as const
export type Errno = (typeof errno)[keyof typeof errno]

/** A request that was not carried out. The NBD server reads `errno` off it. */
export class BlockError extends Error {
  override name = 'BlockError'
  readonly errno: Errno
  /** What the drive said, when it was the drive. */
  readonly sense?: Sense
  /** Data that was acknowledged before this request may not have reached the medium. */
  readonly losesEarlier: boolean

  constructor(code: Errno, message: string, details: { sense?: Sense; losesEarlier?: boolean } = {}) {
    super(message)
    this.errno = code
    if (details.sense !== undefined) this.sense = details.sense
    this.losesEarlier = details.losesEarlier ?? false
  }
}

/** Any error as a BlockError; what is none already becomes EIO. */
export const asBlockError = (error: unknown): BlockError =>
  error instanceof BlockError
    ? error
    : new BlockError(errno.EIO, error instanceof Error ? error.message : String(error))

/** CD control error (the laser's power could not be calibrated, and the like) and session fixation error: told with key 3. */
const ofTheDrive: ReadonlySet<number> = new Set([0x57, 0x73])

/** The medium is at fault, whichever command it is that the drive speaks of. */
export const blamesMedium = ({ sense }: BlockError): boolean =>
  sense?.key === 0x03 && !ofTheDrive.has(sense.asc)

/** The medium is at fault, and only for that packet; anything else may pass, and the data is kept. */
export const isMediumError = (failure: BlockError): boolean => blamesMedium(failure) && !failure.losesEarlier

/** Whether the block that the drive names as the failing one is among these; undefined when it names none (SPC-5 §4.4.4). */
export function namesOneOf({ sense }: BlockError, lba: number, blocks: number): boolean | undefined {
  if (sense?.information === undefined) return undefined
  return sense.information >= lba && sense.information < lba + blocks
}

/** These blocks cannot be read: a medium error that is neither a write's (asc 0Ch) nor about other blocks. */
export const isUnreadable = (failure: BlockError, lba: number, blocks: number): boolean =>
  isMediumError(failure) && failure.sense?.asc !== 0x0c && namesOneOf(failure, lba, blocks) !== false

/** The medium may not be written at all (27h, write protected), whatever the packet. */
export const isProtected = ({ sense }: BlockError): boolean => sense?.asc === 0x27

/** The drive has answered, if only to say what became of earlier commands, and is not waiting for anything. */
export const isAnswer = ({ sense, losesEarlier }: BlockError): boolean =>
  losesEarlier || (sense !== undefined && sense.key !== 0x02)

/** Nobody has written there since the disc was formatted: BLANK CHECK, or an address that the drive has nothing at. */
export const isUnrecorded = ({ sense }: BlockError): boolean =>
  sense !== undefined &&
  (sense.key === 0x08 || (sense.key === 0x05 && (sense.asc === 0x21 || sense.asc === 0x63)))
