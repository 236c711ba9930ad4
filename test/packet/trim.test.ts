// TRIM while its packets are on their way to the medium, and among other requests.
import { expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { Journal } from '../../src/packet/journal.ts'
import { readJournal, versionsOf } from '../../src/packet/recovery.ts'
import { MemoryStore } from './memory-store.ts'
import { ModelDrive, pattern } from './model.ts'

const packet = 16 * blockBytes

/** Holds up the next read of the drive: `reached` when it has come, until `go` is called. */
function gate(drive: ModelDrive): { reached: Promise<void>; go: () => void } {
  const read = drive.read.bind(drive)
  let go = () => {}
  const open = new Promise<void>((resolve) => {
    go = resolve
  })
  let reach = () => {}
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  drive.read = async (lba, blocks) => {
    reach()
    await open
    return read(lba, blocks)
  }
  return { reached, go }
}

test('a packet that is trimmed while it is completed holds up nothing and is not written', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = new PacketEngine(drive, { now: () => 0 })
  await engine.write(0, pattern(1, 1), false)
  const held = gate(drive)
  const flushed = engine.flush()
  await held.reached
  const trimmed = engine.trim(0, packet)
  held.go()
  await trimmed
  await flushed
  expect(drive.of('write')).toBe(0)
})

test('a packet that is trimmed and written anew while its round waits: the journal has the new one last', async () => {
  const drive = new ModelDrive(16, 160)
  const store = new MemoryStore()
  const engine = new PacketEngine(drive, { now: () => 0, journal: new Journal(store, { state: () => ({}) }) })
  // Complete in memory, but only one block of it in the journal.
  await engine.read(packet, packet)
  await engine.write(packet, pattern(1, 1), false)
  await engine.write(0, pattern(1, 1), false)
  await engine.write(2 * packet, pattern(1, 1), false)
  const held = gate(drive)
  const flushed = engine.flush()
  await held.reached
  await engine.trim(packet, packet)
  // The next packet in memory takes the buffer that the trimmed one had.
  await engine.write(5 * packet, pattern(16, 3), false)
  await engine.write(packet, pattern(16, 2), false)
  // As a process finds it that comes after a kill -9 now or a moment later.
  drive.failAll = 'write'
  held.go()
  await flushed.catch(() => undefined)
  const versions = versionsOf(readJournal(store.files()))
  for (let block = 0; block < 16; block++) {
    const newest = versions.get(16 + block)?.at(-1)
    expect(newest?.equals(pattern(16, 2).subarray(block * blockBytes, (block + 1) * blockBytes))).toBe(true)
  }
})

test('a write behind a TRIM of the same blocks is not trimmed', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = new PacketEngine(drive, { now: () => 0 })
  const requests = [
    engine.write(0, pattern(16, 1), false),
    engine.trim(0, packet),
    engine.write(0, pattern(16, 2), false),
  ]
  await Promise.all(requests)
  await engine.flush()
  expect(drive.durable.subarray(0, packet).equals(pattern(16, 2))).toBe(true)
})
