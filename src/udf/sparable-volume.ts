// Where a volume keeps its sparing tables: from the anchor to the logical volume's partition maps (ECMA-167 3/8.4.2, 3/10;
// UDF 2.01 §2.2.9). Only what is needed to replace a packet.
import { readTag, tagIdentifier } from './tag.ts'

/** Bytes of a block; another size is not found on a medium that is written in packets. */
const blockBytes = 2048
/** Blocks of a volume descriptor sequence at the most: a longer one is a broken pointer. */
const longestSequence = 512
const mapIdentifier = '*UDF Sparable Partition'

/** Reads blocks; undefined when the medium does not give them. */
export type ReadBlocks = (lba: number, blocks: number) => Promise<Buffer | undefined>

/** The sparable partition of a volume. All in blocks of 2048 bytes. */
export interface SparablePartition {
  /** First block, on the medium. */
  start: number
  blocks: number
  packetBlocks: number
  /** Where the copies of the sparing table are, on the medium; one to four. */
  tables: readonly number[]
  /** Blocks of one copy. */
  tableBlocks: number
  /** Where the volume's own structures are, on the medium: a table that offers one of them as a spare packet is wrong. */
  structures: readonly Extent[]
}

interface Extent {
  lba: number
  blocks: number
}

/** Blocks of the system area and of the recognition sequence, which begins at block 16 (ECMA-167 2/8.1); mkudffs has spare packets soon after it. */
const startBlocks = 32

const extentAt = (bytes: Buffer, at: number): Extent => ({
  blocks: Math.floor(bytes.readUInt32LE(at) / blockBytes),
  lba: bytes.readUInt32LE(at + 4),
})

/** Where anchors may be (ECMA-167 3/8.4.2.1). */
const anchorsOf = (blocks: number): number[] => [256, blocks - 1, blocks - 257]

/** Main and reserve sequence, from the first anchor that can be read (ECMA-167 3/8.4.2.1, 3/10.2). */
async function readAnchor(read: ReadBlocks, blocks: number): Promise<Extent[]> {
  for (const lba of anchorsOf(blocks)) {
    const block = lba < 0 || lba >= blocks ? undefined : await read(lba, 1)
    if (block === undefined || readTag(block, lba)?.identifier !== tagIdentifier.anchor) continue
    return [extentAt(block, 16), extentAt(block, 24)]
  }
  return []
}

/** The descriptors that prevail: of each kind and partition the one with the highest number (ECMA-167 3/8.4.3). */
interface Prevailing {
  logicalVolume: Buffer | undefined
  partitions: Map<number, Buffer>
}

const numberOf = (descriptor: Buffer | undefined): number => descriptor?.readUInt32LE(16) ?? -1

/** Undefined when a block of the sequence cannot be read, or when it has no end. */
async function readSequence(read: ReadBlocks, extent: Extent): Promise<Prevailing | undefined> {
  const found: Prevailing = { logicalVolume: undefined, partitions: new Map() }
  let { lba, blocks } = extent
  for (let left = longestSequence; left > 0 && blocks > 0; left--, lba++, blocks--) {
    const block = await read(lba, 1)
    if (block === undefined) return undefined
    const tag = readTag(block, lba)
    if (tag === undefined || tag.identifier === tagIdentifier.terminating) return found
    if (tag.identifier === tagIdentifier.volumePointer) {
      const next = extentAt(block, 20)
      lba = next.lba - 1
      blocks = next.blocks + 1
    } else if (tag.identifier === tagIdentifier.logicalVolume) {
      if (numberOf(block) >= numberOf(found.logicalVolume)) found.logicalVolume = block
    } else if (tag.identifier === tagIdentifier.partition) {
      const partition = block.readUInt16LE(22)
      if (numberOf(block) >= numberOf(found.partitions.get(partition))) found.partitions.set(partition, block)
    }
  }
  return blocks === 0 ? found : undefined
}

/** The partition maps of a logical volume descriptor (ECMA-167 3/10.6, 3/10.7). */
function* mapsOf(logicalVolume: Buffer): Generator<Buffer> {
  const end = Math.min(logicalVolume.length, 440 + logicalVolume.readUInt32LE(264))
  for (let at = 440; at + 2 <= end; ) {
    const length = logicalVolume[at + 1] ?? 0
    if (length < 2 || at + length > end) return
    yield logicalVolume.subarray(at, at + length)
    at += length
  }
}

function partitionOf(
  { logicalVolume, partitions }: Prevailing,
  sequences: readonly Extent[],
  blocks: number,
): SparablePartition | undefined {
  if (logicalVolume?.readUInt32LE(212) !== blockBytes) return undefined
  for (const map of mapsOf(logicalVolume)) {
    if (map[0] !== 2 || map.length < 64) continue
    if (map.toString('latin1', 5, 5 + mapIdentifier.length) !== mapIdentifier) continue
    const partition = partitions.get(map.readUInt16LE(38))
    const copies = Math.min(4, map[42] ?? 0)
    if (partition === undefined || copies === 0) return undefined
    const tables = Array.from({ length: copies }, (_, i) => map.readUInt32LE(48 + i * 4))
    const tableBlocks = Math.ceil(map.readUInt32LE(44) / blockBytes)
    return {
      start: partition.readUInt32LE(188),
      blocks: partition.readUInt32LE(192),
      packetBlocks: map.readUInt16LE(40),
      tables,
      tableBlocks,
      structures: [
        { lba: 0, blocks: startBlocks },
        ...anchorsOf(blocks).map((lba) => ({ lba, blocks: 1 })),
        ...tables.map((lba) => ({ lba, blocks: tableBlocks })),
        ...sequences,
        extentAt(logicalVolume, 432),
      ],
    }
  }
  return undefined
}

/**
 * The sparable partition of the volume on a medium of `blocks` blocks; undefined when the medium has none, or does not give the
 * blocks that would say so. Rejects with what `read` rejects with.
 */
export async function findSparablePartition(
  read: ReadBlocks,
  blocks: number,
): Promise<SparablePartition | undefined> {
  const sequences = await readAnchor(read, blocks)
  for (const extent of sequences) {
    const found = await readSequence(read, extent)
    if (found?.logicalVolume !== undefined) return partitionOf(found, sequences, blocks)
  }
  return undefined
}
