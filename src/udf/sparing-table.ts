// The sparing table: which packets of a partition lie elsewhere, since the medium refuses their own place (UDF 2.01 §2.2.11).
//
//   0  tag, identifier 0     16  entity identifier "*UDF Sparing Table"     48  number of entries (16 bits)
//  52  sequence number       56  entries of 8 bytes: original location, mapped location (32 bits each, little-endian)
import { readTag, sealTag, tagIdentifier } from './tag.ts'

const entriesAt = 56
const entryBytes = 8
const name = '*UDF Sparing Table'

/** Original locations that are none (UDF 2.01 §2.2.11). */
const unused = { available: 0xffffffff, defective: 0xfffffff0 } as const

export interface SparingEntry {
  /** First block of the packet that lies elsewhere, counted from the start of the partition; or available, or defective. */
  original: number
  /** First block of the packet that stands in for it, counted from the start of the medium. */
  mapped: number
}

/** One copy of the table. */
export interface SparingTable {
  /** The copy with the highest number holds. */
  sequence: number
  /** Ascending by original location. */
  entries: readonly SparingEntry[]
  /** As it was read, for what of it is not known here. */
  bytes: Buffer
}

/** Of a table: which spare packets may be used, and which are. Locations in blocks from the start of the medium. */
export const isAvailable = ({ original }: SparingEntry): boolean => original === unused.available
export const isInUse = ({ original }: SparingEntry): boolean => original < unused.defective

/** The copy in `bytes`, read from block `location` on; undefined when there is no whole one. */
export function decodeSparingTable(bytes: Buffer, location: number): SparingTable | undefined {
  if (readTag(bytes, location)?.identifier !== tagIdentifier.sparingTable) return undefined
  if (bytes.toString('latin1', 17, 17 + name.length) !== name) return undefined
  const count = bytes.readUInt16LE(48)
  if (entriesAt + count * entryBytes > bytes.length) return undefined
  const entries = Array.from({ length: count }, (_, i) => ({
    original: bytes.readUInt32LE(entriesAt + i * entryBytes),
    mapped: bytes.readUInt32LE(entriesAt + i * entryBytes + 4),
  }))
  return { sequence: bytes.readUInt32LE(52), entries, bytes }
}

/** The table as it is recorded at block `location`, as many bytes as it was read from. */
export function encodeSparingTable(table: SparingTable, location: number): Buffer {
  const bytes = Buffer.from(table.bytes)
  bytes.writeUInt32LE(table.sequence, 52)
  for (const [i, { original, mapped }] of table.entries.entries()) {
    bytes.writeUInt32LE(original, entriesAt + i * entryBytes)
    bytes.writeUInt32LE(mapped, entriesAt + i * entryBytes + 4)
  }
  sealTag(bytes, location)
  return bytes
}

/** A change to be entered. */
export interface Replacement {
  original: number
  /** Where the packet lies from now on; undefined when no spare took it. */
  mapped: number | undefined
  /** Spares that were tried, and failed. */
  defective: readonly number[]
}

/**
 * The table with replacements entered, and the next sequence number. An entry that says so already is left as it is.
 * Undefined when one of the spares belongs to another packet, or is not in the table.
 */
export function enterReplacements(
  table: SparingTable,
  replacements: readonly Replacement[],
): SparingTable | undefined {
  const entries = table.entries.map((entry) => ({ ...entry }))
  for (const { original, mapped, defective } of replacements) {
    for (const entry of entries) if (defective.includes(entry.mapped)) entry.original = unused.defective
    if (mapped === undefined) continue
    const spare = entries.find((entry) => entry.mapped === mapped)
    if (spare === undefined || (isInUse(spare) && spare.original !== original)) return undefined
    // The packet may have had another place before, which has failed as well.
    for (const entry of entries)
      if (entry.original === original && entry !== spare) entry.original = unused.defective
    spare.original = original
  }
  entries.sort((a, b) => a.original - b.original || a.mapped - b.mapped)
  return { ...table, sequence: (table.sequence + 1) >>> 0, entries }
}
