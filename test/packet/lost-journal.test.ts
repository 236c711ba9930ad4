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

test('a journal that is lost while a flush is under way is gone before that flush is answered', async () => {
  const { drive, store, engine, fill } = engineWithFullDisk('medium')
  await engine.write(0, pattern(16, 1), false)
  // The rest of this packet is logged when it is completed, and that is where the disk is full.
  await engine.write(5 * 16 * blockBytes, pattern(1, 2), false)
  fill()
  await engine.flush()
  expect(drive.durable.subarray(80 * blockBytes, 81 * blockBytes).equals(pattern(1, 2))).toBe(true)
  expect(store.files()).toEqual([])
})

test.each(['flush', 'FUA'])(
  'as long as a lost journal cannot be removed, %s fails and says why',
  async (how) => {
    const { store, engine, fill } = engineWithFullDisk('journal')
    const remove = store.remove.bind(store)
    store.remove = () => Promise.reject(new Error('EROFS'))
    await engine.write(0, pattern(16, 1), false)
    fill()
    await engine.write(0, pattern(16, 2), false)
    const ask = () => (how === 'flush' ? engine.flush() : engine.write(0, pattern(16, 3), true))
    await expect(ask()).rejects.toThrow(/everything is on the disc, but the journal that was lost .*EROFS/)
    await expect(ask()).rejects.toThrow(/EROFS/)
    expect(store.files()).toHaveLength(1)
    store.remove = remove
    // Once more to a flush, as every failure of a FUA write.
    if (how === 'FUA') await expect(engine.flush()).rejects.toThrow(/EROFS/)
    await ask()
    expect(store.files()).toEqual([])
  },
)
