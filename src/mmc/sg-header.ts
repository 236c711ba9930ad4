// The old `struct sg_header` of the sg driver (include/uapi/scsi/sg.h), 36 bytes, little-endian machines: a command is one write(2) of
// header, CDB and data, its reply one read(2) of header and data. Behaviour as measured on Linux 7.2.
import { decodeSense, type Sense } from './sense.ts'

export const SG_HEADER = 36
const SENSE_AT = 20
const SENSE_LENGTH = 16

/** The CDB length that sg derives from the opcode's group; undefined for groups that the old interface cannot carry. */
export function cdbLengthOf(opcode: number): 6 | 10 | 12 | undefined {
  switch (opcode >> 5) {
    case 0:
      return 6
    case 1:
    case 2:
      return 10
    case 5:
      return 12
    default:
      return undefined
  }
}

/**
 * Fills `into` with the request and returns its length. For commands that carry data out reply_len must be exactly the header's 36:
 * anything larger makes sg guess the direction, and complain.
 */
export function encodeRequest(
  into: Buffer,
  packId: number,
  cdb: Uint8Array,
  dataIn: number,
  dataOut: readonly Uint8Array[] = [],
): number {
  into.fill(0, 0, SG_HEADER)
  into.writeInt32LE(SG_HEADER + dataIn, 4)
  into.writeInt32LE(packId, 8)
  into.set(cdb, SG_HEADER)
  let end = SG_HEADER + cdb.length
  for (const piece of dataOut) {
    into.set(piece, end)
    end += piece.length
  }
  return end
}

export interface SgAnswer {
  packId: number
  /** SAM status byte; sg keeps bits 1..5 of it. */
  status: number
  /** DID_* of the host adapter: 0 OK, 1 no connection, 3 timeout, 7 error, 8 reset. */
  hostStatus: number
  /** 08h: there is sense. */
  driverStatus: number
  sense?: Sense
}

/** The header of a reply; undefined when it is shorter than one. */
export function decodeAnswer(header: Buffer): SgAnswer | undefined {
  if (header.length < SG_HEADER) return undefined
  // Bit fields from bit 0: twelve_byte 1, target_status 5, host_status 8, driver_status 8, other_flags 10.
  const flags = header.readUInt32LE(16)
  const sense = decodeSense(header.subarray(SENSE_AT, SENSE_AT + SENSE_LENGTH))
  return {
    packId: header.readInt32LE(8),
    status: ((flags >>> 1) & 0x1f) << 1,
    hostStatus: (flags >>> 6) & 0xff,
    driverStatus: (flags >>> 14) & 0xff,
    ...(sense === undefined ? {} : { sense }),
  }
}
