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

/** `same`: to be written to. `changed`: that volume, but somebody else wrote it. `other`: another disc. */
export type Likeness = 'same' | 'changed' | 'other'

/** Compares the disc in the drive with what a journal remembers; `versions` are the journal's own blocks. */
export async function compareDisc(
  witnesses: Witnesses,
  packetBlocks: number,
  versions: ReadonlyMap<number, readonly Buffer[]>,
  read: TryRead,
): Promise<Likeness> {
  // Blank discs are all alike: what was on its way to one must not go to another.
  if (Object.values(witnesses.packets).every((sums) => sums.every((sum) => sum === blank))) return 'other'
  const differing = new Set<number>()
  for (const [number, sums] of Object.entries(witnesses.packets)) {
    const first = Number(number) * packetBlocks
    const blocks = sums.map((_, i) => first + i)
    const data = await read(first, packetBlocks)
    for (const [i, lba] of blocks.entries()) {
      const block = data?.subarray(i * blockBytes, (i + 1) * blockBytes) ?? (await read(lba, 1))
      const own = versions.get(lba) ?? []
      const known =
        block === undefined
          ? blocks.some((b) => versions.has(b))
          : crc32(block) === sums[i] || own.some((version) => version.equals(block))
      if (!known) differing.add(lba)
    }
  }
  if (differing.size === 0) return 'same'
  const { identity } = witnesses
  return identity.length > 0 && identity.every((lba) => !differing.has(lba)) ? 'changed' : 'other'
}
