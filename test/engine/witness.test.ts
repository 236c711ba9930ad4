// What a journal remembers of a disc that is made a volume while it is served.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DiscJournal } from '../../src/engine/disc-journal.ts'
import { realDisk } from '../../src/engine/journal-disk.ts'
import { systemClock } from '../../src/mmc/clock.ts'

const packetBlocks = 16
const packetBytes = packetBlocks * 2048

/** A journal of an empty disc, and what writes to both as the engine does. */
async function served() {
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-witness-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const disc = Buffer.alloc(40 * packetBytes)
  let reads = 0
  const read = async (lba: number, blocks: number) => {
    reads++
    return Buffer.from(disc.subarray(lba * 2048, (lba + blocks) * 2048))
  }
  const quiet = () => undefined
  const journal = await DiscJournal.open({
    disk: realDisk,
    dir,
    boot: 'first',
    drive: 'sr0',
    diskseq: '7',
    disc: { medium: 'dvd+rw', blocks: 40 * packetBlocks, packetBlocks },
    read,
    clock: systemClock,
    log: { error: quiet, warning: quiet, info: quiet },
  })
  await journal.remember(read)
  /** Changes a block, hands its packet to the drive and synchronises; gives how many reads that took. */
  const write = async (lba: number, fill: (block: Buffer) => void): Promise<number> => {
    fill(disc.subarray(lba * 2048, (lba + 1) * 2048))
    const packet = Math.floor(lba / packetBlocks)
    journal.written(packet, disc.subarray(packet * packetBytes, (packet + 1) * packetBytes))
    reads = 0
    await journal.synchronized([packet], read)
    return reads
  }
  return { journal, write }
}

const anchor = (block: Buffer) => {
  block.writeUInt16LE(2, 0)
  block.writeUInt32LE(16 * 2048, 16)
  block.writeUInt32LE(32, 20)
}
const logicalVolume = (block: Buffer) => {
  block.writeUInt16LE(6, 0)
  block.writeUInt32LE(2048, 432)
  block.writeUInt32LE(512, 436)
}

test.each([
  ['the anchor first', [256, 33]],
  ['the anchor last', [33, 256]],
])('a volume made in several synchronisations is known in the end: %s', async (_, order) => {
  const { journal, write } = await served()
  await write(32, (block) => block.writeUInt16LE(1, 0))
  for (const lba of order) await write(lba, lba === 256 ? anchor : logicalVolume)
  expect(journal.identity).toEqual([256, 32, 33])
})

test('what else is in the packet of the anchor changes often, and is no reason to read the volume again', async () => {
  const { write } = await served()
  expect(await write(16, (block) => block.fill(1))).toBe(0)
  await write(32, (block) => block.writeUInt16LE(1, 0))
  await write(33, logicalVolume)
  expect(await write(256, anchor)).toBeGreaterThan(0)
  // The space bitmap, at the start of the partition.
  expect(await write(257, (block) => block.fill(1))).toBe(0)
  expect(await write(33, (block) => block.writeUInt32LE(528, 436))).toBeGreaterThan(0)
})
