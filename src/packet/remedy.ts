// What helps against a command's failure. Quirk numbers (Q13 …) are explained in docs/engine.md.
import { DriveError } from '../mmc/drive-command.ts'
import type { Sense } from '../mmc/sense.ts'
import { TransportError } from '../mmc/transport.ts'

export type Remedy =
  | 'repeat'
  | 'repeat-not-begun'
  | 'repeat-told-later'
  | 'repeat-after-reset'
  | 'synchronize'
  | 'prepare'
  | 'none'

const isAny = (sense: Sense, asc: number, ascq?: number): boolean =>
  sense.asc === asc && (ascq === undefined || sense.ascq === ascq)

export interface Request {
  lba: number
  blocks: number
  writing: boolean
}

/**
 * A write error about other blocks than those of the command: it is about an earlier one, though it is not marked so (70h where
 * SPC-5 §4.4.7 wants 71h).
 */
function isAboutAnother({ key, asc, information }: Sense, { lba, blocks, writing }: Request): boolean {
  if (key !== 0x03 || (!writing && asc !== 0x0c)) return false
  return information === undefined ? !writing : information < lba || information >= lba + blocks
}

/** What helps against this failure, if anything. */
export function remedyFor(error: unknown, request: Request): Remedy {
  if (error instanceof TransportError) {
    if (error.reason === 'timeout') return 'repeat-after-reset'
    return error.reason === 'host' ? 'repeat' : 'none'
  }
  const sense = error instanceof DriveError ? error.sense : undefined
  if (sense === undefined) return 'none'
  // It tells of an earlier command; this one was not carried out.
  if (sense.deferred === true) return 'repeat-not-begun'
  if (isAboutAnother(sense, request)) return 'repeat-told-later'
  // Drives that want their cache emptied between reads and writes (Q13); the second is vendor specific.
  if (isAny(sense, 0x2c, 0x00) || isAny(sense, 0x15, 0x82)) return 'synchronize'
  if (sense.key === 0x05) return isAny(sense, 0x21) ? 'none' : 'prepare'
  return sense.key === 0x03 || sense.key === 0x04 || sense.key === 0x0b ? 'repeat' : 'none'
}
