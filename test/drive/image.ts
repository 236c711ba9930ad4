// A disc's content from and to an image file, sparse both ways.
import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs'
import { BLOCK, type Disc } from './disc.ts'

const zeros = Buffer.alloc(BLOCK)

/**
 * Records an image file (blocks of 2048 bytes from LBA 0; a short last block is padded) on the disc, uncounted.
 * Blocks of zeros are not stored. Throws when the image is longer than the disc, and on file errors.
 */
export function loadImage(disc: Disc, path: string): void {
  const blocks = Math.ceil(statSync(path).size / BLOCK)
  if (blocks > disc.blocks) throw new Error(`${path}: ${blocks} blocks do not fit on ${disc.blocks}`)
  const fd = openSync(path, 'r')
  try {
    for (let lba = 0; lba < blocks; lba += disc.packetBlocks) {
      const chunk = Buffer.alloc(disc.packetBlocks * BLOCK)
      const got = readSync(fd, chunk, 0, chunk.length, lba * BLOCK)
      for (let i = 0; i * BLOCK < got; i++) {
        const block = chunk.subarray(i * BLOCK, (i + 1) * BLOCK)
        if (!block.equals(zeros)) disc.put(lba + i, block)
      }
    }
    // A DVD-RW with something on it says complete, a freshly formatted one appendable.
    disc.written = true
  } finally {
    closeSync(fd)
  }
}

/** Writes the disc's content to a sparse image file of `disc.blocks` blocks. Throws on file errors. */
export function saveImage(disc: Disc, path: string): void {
  const fd = openSync(path, 'w')
  try {
    ftruncateSync(fd, disc.blocks * BLOCK)
    for (const packet of disc.recordedPackets()) {
      const lba = packet * disc.packetBlocks
      const count = Math.min(disc.packetBlocks, disc.blocks - lba)
      if (count > 0) writeSync(fd, disc.read(lba, count), 0, count * BLOCK, lba * BLOCK)
    }
  } finally {
    closeSync(fd)
  }
}
