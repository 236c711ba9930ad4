import { expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { BlockError } from '../../src/packet/error.ts'
import { Journal } from '../../src/packet/journal.ts'
import { MemoryStore } from './memory-store.ts'
import { ModelDrive, pattern } from './model.ts'

const mebibyte = 1024 * 1024

/** Writes the same few blocks again and again, as a database does: nothing more is dirty, only the journal grows. */
async function rewrite(drive: ModelDrive): Promise<{ most: number; failed: number }> {
  const journal = new Journal(new MemoryStore(), { state: () => ({}) })
  const engine = new PacketEngine(drive, { now: () => 0, flush: 'journal', journal, journalBytes: mebibyte })
  let most = 0
  let failed = 0
  for (let i = 0; i < 100; i++) {
    await engine.write(0, pattern(64, i), false).catch(() => failed++)
    most = Math.max(most, journal.bytes)
  }
  return { most, failed }
}

test('a client faster than the drive waits when the journal is twice as long as it may be', async () => {
  const drive = new ModelDrive(16, 160)
  const write = drive.writePackets.bind(drive)
  drive.writePackets = async (lba, data) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return write(lba, data)
  }
  const { most, failed } = await rewrite(drive)
  // And what one file more may have.
  expect(most).toBeLessThan(2 * mebibyte + 64 * blockBytes + 4 * mebibyte)
  expect(failed).toBe(0)
})

test('neither does one that takes everything and never says that it is on the medium', async () => {
  const drive = new ModelDrive(16, 160)
  drive.planned = new BlockError(5, 'internal target failure', { sense: { key: 4, asc: 0x44, ascq: 0 } })
  drive.failAll = 'synchronize'
  const { most, failed } = await rewrite(drive)
  expect(most).toBeLessThan(2.5 * mebibyte)
  expect(failed).toBeGreaterThan(50)
})

test('a drive that takes nothing any more does not fill the disk that the journal is on', async () => {
  const drive = new ModelDrive(16, 160)
  drive.planned = new BlockError(5, 'no answer in time')
  drive.failAll = 'write'
  const { most, failed } = await rewrite(drive)
  expect(most).toBeLessThan(2.5 * mebibyte)
  expect(failed).toBeGreaterThan(50)
})
