// The tag that each descriptor of a volume begins with, and that proves it (ECMA-167 3/7.2).

/** Bytes of a tag. */
const tagBytes = 16

/** Tag identifiers (ECMA-167 3/7.2.1; 0 is UDF's own, UDF 2.01 §2.2.11). */
export const tagIdentifier = {
  sparingTable: 0,
  anchor: 2,
  volumePointer: 3,
  partition: 5,
  logicalVolume: 6,
  terminating: 8,
} as const

export interface Tag {
  identifier: number
  /** Bytes behind the tag that its CRC covers. */
  crcLength: number
  /** Block that the descriptor says it is recorded at. */
  location: number
}

/** CRC of ITU-T V.41, polynomial x^16 + x^12 + x^5 + 1 and first value 0 (ECMA-167 3/7.2.6). */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
    crc &= 0xffff
  }
  return crc
}

/** The sum of the tag's other bytes (ECMA-167 3/7.2.3). */
function checksumOf(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < tagBytes; at++) if (at !== 4) sum += bytes[at] ?? 0
  return sum & 0xff
}

/**
 * The tag of the descriptor in `bytes`, recorded at block `location`; undefined when there is none, or when its checksum, its CRC
 * or its location is wrong. Never throws.
 */
export function readTag(bytes: Buffer, location: number): Tag | undefined {
  if (bytes.length < tagBytes || bytes[4] !== checksumOf(bytes)) return undefined
  const tag = {
    identifier: bytes.readUInt16LE(0),
    crcLength: bytes.readUInt16LE(10),
    location: bytes.readUInt32LE(12),
  }
  // A block of zeros has a right checksum, and says nothing.
  if (bytes.readUInt16LE(2) === 0 || tag.location !== location) return undefined
  const end = tagBytes + tag.crcLength
  if (end > bytes.length || crcOf(bytes.subarray(tagBytes, end)) !== bytes.readUInt16LE(8)) return undefined
  return tag
}

/** Makes the tag in `bytes` true again after a change: its location, CRC and checksum. Changes `bytes`. */
export function sealTag(bytes: Buffer, location: number): void {
  const end = Math.min(bytes.length, tagBytes + bytes.readUInt16LE(10))
  bytes.writeUInt16LE(end - tagBytes, 10)
  bytes.writeUInt16LE(crcOf(bytes.subarray(tagBytes, end)), 8)
  bytes.writeUInt32LE(location, 12)
  bytes[4] = checksumOf(bytes)
}
