// How a disc is known again, and how it is known that nobody wrote it elsewhere.
//
// A journal remembers checksums of the blocks that every program changes that writes to the disc: its first 640 KiB
// (boot area, volume descriptors, superblocks of other file systems) and, of UDF, the Logical Volume Integrity
// Descriptor, which must be set to "open" before anything else is written (ECMA-167 3/8.8.2, 3/10.10). The disc is the
// same and unchanged if each of those blocks is as it was, or as the journal itself would have it, or unreadable within
// a packet that was being written.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { blockBytes } from './drive.ts'

/** Blocks at the start of the disc that are remembered: VRS at 16, descriptors from 32 on, anchor at 256. */
const startBlocks = 320
/** Where UDF's anchor is, and the name of a volume begins (ECMA-167 3/8.4.2.1). */
export const anchorBlock = 256

export interface Witnesses {
  /** Checksum of each block, by packet. */
  packets: Record<number, number[]>
  /** Blocks that say which volume it is: equal ones on a disc that differs elsewhere mean that it was changed. */
  identity: number[]
}

/** Reads blocks; undefined when they cannot be read. */
export type TryRead = (lba: number, blocks: number) => Promise<Buffer | undefined>

/**
 * A name for the volume on the disc that no other has: UDF's volume set identifier is unique by rule (UDF 2.01 §2.2.2.5), and
 * is in its descriptors. Undefined for a disc without any.
 */
export async function volumeName(identity: readonly number[], read: TryRead): Promise<string | undefined> {
  if (identity.length < 2) return undefined
  const hash = createHash('sha256')
  for (const lba of identity) hash.update((await read(lba, 1)) ?? '')
  return hash.digest('hex').slice(0, 32)
}

const tagOf = (block: Buffer): number => block.readUInt16LE(0)

/** Volume descriptor sequence and integrity sequence, from the anchor (ECMA-167 3/10.2, 3/10.6); none when it is not UDF. */
async function volumeExtents(
  read: TryRead,
): Promise<{ descriptors: number[]; integrity: number[] } | undefined> {
  const anchor = await read(anchorBlock, 1)
  if (anchor === undefined || tagOf(anchor) !== 2) return undefined
  const descriptors: number[] = []
  const count = Math.min(16, Math.floor(anchor.readUInt32LE(16) / blockBytes))
  const from = anchor.readUInt32LE(20)
  for (let lba = from; lba < from + count; lba++) {
    const block = await read(lba, 1)
    if (block === undefined || tagOf(block) === 0 || tagOf(block) === 8) break
    descriptors.push(lba)
    if (tagOf(block) !== 6) continue
    const blocks = Math.min(16, Math.ceil(block.readUInt32LE(432) / blockBytes))
    const integrityFrom = block.readUInt32LE(436)
    return {
      descriptors: [anchorBlock, ...descriptors],
      integrity: Array.from({ length: blocks }, (_, i) => integrityFrom + i),
    }
  }
  return { descriptors: [anchorBlock, ...descriptors], integrity: [] }
}

export const checksumsOf = (packet: Buffer): number[] => {
  const sums: number[] = []
  for (let at = 0; at < packet.length; at += blockBytes)
    sums.push(crc32(packet.subarray(at, at + blockBytes)))
  return sums
}

/** The witnesses of the disc as it is. What cannot be read is none. */
export async function takeWitnesses(
  geometry: { blocks: number; packetBlocks: number },
  read: TryRead,
): Promise<Witnesses> {
  const { blocks, packetBlocks } = geometry
  const wholePackets = Math.floor(blocks / packetBlocks)
  const volume = blocks > anchorBlock ? await volumeExtents(read) : undefined
  const wanted = new Set<number>()
  for (let lba = 0; lba < startBlocks; lba += packetBlocks) wanted.add(Math.floor(lba / packetBlocks))
  for (const lba of [...(volume?.integrity ?? []), ...(volume?.descriptors ?? [])])
    wanted.add(Math.floor(lba / packetBlocks))
  const packets: Record<number, number[]> = {}
  for (const packet of [...wanted].sort((a, b) => a - b)) {
    if (packet >= wholePackets) continue
    const data = await read(packet * packetBlocks, packetBlocks)
    if (data !== undefined) packets[packet] = checksumsOf(data)
  }
  return { packets, identity: volume?.descriptors ?? [] }
}

const blank = crc32(Buffer.alloc(blockBytes))

/**
 * Blocks that are alike on many discs: the volume recognition sequence (ECMA-167 2/8.3), which says only that there is a UDF,
 * and the anchor.
 */
const isCommon = (lba: number): boolean => (lba >= 16 && lba < 32) || lba === anchorBlock

/** Whether the disc can be told from others of its kind and size. Blank ones cannot, and what is being formatted cannot yet. */
export const isKnownAgain = ({ packets }: Witnesses, packetBlocks: number): boolean =>
  Object.entries(packets).some(([packet, sums]) =>
    sums.some((sum, i) => sum !== blank && !isCommon(Number(packet) * packetBlocks + i)),
  )

/**
 * `same`: to be written to. `changed`: that volume, but somebody else wrote it. `other`: another disc. `nameless`: the disc
 * could not be told from others when the journal was written; `named since`: nor can it be that one, unless somebody else has written to
 * it. `unknown`: too little of this one can be read.
 */
export type Likeness = 'same' | 'changed' | 'other' | 'nameless' | 'named since' | 'unknown'

/**
 * Compares the disc in the drive with what a journal remembers; `versions` are the journal's own blocks. A block that cannot
 * be read (`unread`) says nothing: the others decide.
 */
export async function compareDisc(
  witnesses: Witnesses,
  packetBlocks: number,
  versions: ReadonlyMap<number, readonly Buffer[]>,
  read: TryRead,
): Promise<{ likeness: Likeness; unread: boolean }> {
  const seen = await lookAt(witnesses, packetBlocks, versions, read)
  const { identity } = witnesses
  const unread = seen.unread.size > 0
  // Blank discs are all alike: what was on its way to one must not go to another.
  if (!isKnownAgain(witnesses, packetBlocks))
    return { likeness: seen.differing.size === 0 ? 'nameless' : 'named since', unread }
  if (identity.some((lba) => seen.differing.has(lba))) return { likeness: 'other', unread }
  // All anchors of discs of a size are alike.
  const telling = identity.length > 1 ? identity.filter((lba) => lba !== anchorBlock) : seen.telling
  const recognized = telling.some((lba) => seen.alike.has(lba))
  if (seen.differing.size === 0) return { likeness: recognized || !unread ? 'same' : 'unknown', unread }
  return { likeness: recognized && identity.length > 0 ? 'changed' : 'other', unread }
}

interface Look {
  alike: Set<number>
  differing: Set<number>
  /** Unreadable, and not for a write that was cut short. */
  unread: Set<number>
  /** Those that are not alike on many discs. */
  telling: number[]
}

async function lookAt(
  witnesses: Witnesses,
  packetBlocks: number,
  versions: ReadonlyMap<number, readonly Buffer[]>,
  read: TryRead,
): Promise<Look> {
  const seen: Look = { alike: new Set(), differing: new Set(), unread: new Set(), telling: [] }
  for (const [number, sums] of Object.entries(witnesses.packets)) {
    const first = Number(number) * packetBlocks
    const data = await read(first, packetBlocks)
    const torn = sums.some((_, i) => versions.has(first + i))
    for (const [i, sum] of sums.entries()) {
      const lba = first + i
      if (sum !== blank && !isCommon(lba)) seen.telling.push(lba)
      const block = data?.subarray(i * blockBytes, (i + 1) * blockBytes) ?? (await read(lba, 1))
      if (block === undefined) {
        if (!torn) seen.unread.add(lba)
        continue
      }
      const own = versions.get(lba) ?? []
      const known = crc32(block) === sum || own.some((version) => version.equals(block))
      if (known) seen.alike.add(lba)
      else seen.differing.add(lba)
    }
  }
  return seen
}

/**
 * Whether the disc in the drive is still the one that is being served. `handed`: checksums of packets that the drive was given since the
 * witnesses were taken, every version; any of them may be on the medium. Blocks that cannot be read say nothing.
 */
export async function isStill(
  witnesses: Witnesses,
  handed: ReadonlyMap<number, readonly (readonly number[])[]>,
  packetBlocks: number,
  read: TryRead,
): Promise<'same' | 'other' | 'unknown'> {
  let recognized = false
  for (const [number, sums] of Object.entries(witnesses.packets)) {
    const packet = Number(number)
    const first = packet * packetBlocks
    const data = await read(first, packetBlocks)
    for (const [i, sum] of sums.entries()) {
      const block = data?.subarray(i * blockBytes, (i + 1) * blockBytes) ?? (await read(first + i, 1))
      if (block === undefined) continue
      const found = crc32(block)
      if (found !== sum && !(handed.get(packet) ?? []).some((version) => version[i] === found)) return 'other'
      recognized ||= found !== blank && !isCommon(first + i)
    }
  }
  return recognized ? 'same' : 'unknown'
}
