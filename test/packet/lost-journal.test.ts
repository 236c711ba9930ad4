// A journal that cannot be kept any more must not be believed by the next engine, which would put old blocks over new ones.
import { expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { Journal } from '../../src/packet/journal.ts'
import { MemoryStore } from './memory-store.ts'
import { ModelDrive, pattern } from './model.ts'

/** An engine with a journal whose disk is full as soon as `full` says so. */
function engineWithFullDisk(flush: 'journal' | 'medium') {
  const drive = new ModelDrive(16, 160)
  let full = false
  const store = new MemoryStore()
  const append = store.append.bind(store)
  store.append = async (segment, pieces) => {
    if (full) throw new Error('ENOSPC')
    await append(segment, pieces)
  }
  const lost: Error[] = []
  const engine = new PacketEngine(drive, {
    now: () => 0,
    flush,
    journal: new Journal(store, { state: () => ({}) }),
    onJournalLost: (error) => lost.push(error),
  })
  const fill = () => {
    full = true
  }
  return { drive, store, engine, lost, fill }
}

test.each(['journal', 'medium'] as const)(
  '%s: after a flush nothing is left of a lost journal',
  async (flush) => {
    const { drive, store, engine, lost, fill } = engineWithFullDisk(flush)
    await engine.write(0, pattern(16, 1), false)
    await engine.write(5 * 16 * blockBytes, pattern(16, 1), false)
    fill()
    await engine.write(0, pattern(16, 2), false)
    expect(lost).toHaveLength(1)
    expect(store.files()).toHaveLength(1)
    await engine.flush()
    expect(drive.durable.subarray(0, 16 * blockBytes).equals(pattern(16, 2))).toBe(true)
    expect(store.files()).toEqual([])
  },
)

test('FUA: the lost journal has older blocks of the same packet, so it has to go too', async () => {
  const { drive, store, engine, fill } = engineWithFullDisk('journal')
  await engine.write(0, pattern(16, 1), false)
  await engine.write(5 * 16 * blockBytes, pattern(16, 1), false)
  fill()
  await engine.write(0, pattern(16, 2), true)
  expect(drive.durable.subarray(0, 16 * blockBytes).equals(pattern(16, 2))).toBe(true)
  // What only the journal had is on the medium before it is removed.
  expect(drive.durable.subarray(80 * blockBytes, 96 * blockBytes).equals(pattern(16, 1))).toBe(true)
  expect(store.files()).toEqual([])
})

test('a file that could not be removed in time is removed with the lost journal', async () => {
  const drive = new ModelDrive(16, 160)
  const store = new MemoryStore()
  const remove = store.remove.bind(store)
  store.remove = async () => {
    store.remove = remove
    throw new Error('EIO')
  }
  const engine = new PacketEngine(drive, { now: () => 0, journal: new Journal(store, { state: () => ({}) }) })
  await engine.write(0, pattern(16, 1), false)
  await engine.flush()
  await engine.write(0, pattern(16, 2), false)
  await engine.flush()
  expect(store.files()).toEqual([])
})
