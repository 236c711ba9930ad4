// What is on the discs of a life: every block says which disc it belongs to, its address, and in which write it was written. The blocks
// by which a journal knows a disc again look like UDF's (ECMA-167 3/10): anchor at 256, descriptors at 32, integrity descriptor at 64.

export const blockBytes = 2048
/** Where the stamp is; descriptors have their fields before it. */
const at = 1024
const magic = 0x4c494645

const anchorAt = 256
/** First block of the descriptors, of which there are two. */
const descriptorsAt = 32
/** The block that every program changes first that writes to the volume. */
export const integrityAt = 64
/** Blocks at the start of a disc by which a journal knows it again when there is no UDF on it. */
export const startBlocks = 320

const descriptors: Record<number, (block: Buffer) => void> = {
  [anchorAt]: (block) => {
    block.writeUInt16LE(2, 0)
    block.writeUInt32LE(16 * blockBytes, 16)
    block.writeUInt32LE(descriptorsAt, 20)
  },
  [descriptorsAt]: (block) => void block.writeUInt16LE(1, 0),
  [descriptorsAt + 1]: (block) => {
    block.writeUInt16LE(6, 0)
    block.writeUInt32LE(blockBytes, 432)
    block.writeUInt32LE(integrityAt, 436)
  },
  [integrityAt]: (block) => void block.writeUInt16LE(9, 0),
}

/** What a formatting program writes: anchor, descriptors, integrity descriptor. */
export const volumeBlocks: readonly number[] = [descriptorsAt, descriptorsAt + 1, integrityAt, anchorAt]

/** `count` blocks from `lba` on, of disc number `disc`, as written in write number `version`. */
export function stamped(disc: number, lba: number, count: number, version: number): Buffer {
  const data = Buffer.alloc(count * blockBytes)
  for (let i = 0; i < count; i++) {
    const block = data.subarray(i * blockBytes, (i + 1) * blockBytes)
    descriptors[lba + i]?.(block)
    block.writeUInt32LE(magic, at)
    block.writeUInt32LE(disc, at + 4)
    block.writeUInt32LE(lba + i, at + 8)
    block.writeUInt32LE(version, at + 12)
  }
  return data
}

/** The write that a block on `disc` at `lba` is from; 0: it was never written. Throws when it belongs elsewhere. */
export function versionOf(data: Buffer, offset: number, disc: number, lba: number): number {
  const word = (n: number): number => data.readUInt32LE(offset + at + n * 4)
  if (word(0) === 0 && word(3) === 0) return 0
  if (word(0) !== magic) throw new Error(`block ${lba} has bytes that nobody wrote`)
  if (word(1) !== disc || word(2) !== lba)
    throw new Error(
      `block ${lba} of disc ${disc} has what was written to block ${word(2)} of disc ${word(1)}`,
    )
  return word(3)
}
