// A packet that the medium refuses, where another one can stand in for it: nothing is lost, and nobody hears of it.
import { describe, expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { BlockError, errno } from '../../src/packet/error.ts'
import { Journal } from '../../src/packet/journal.ts'
import { SparedDrive } from '../../src/packet/spared-drive.ts'
import { MemoryStore } from './memory-store.ts'
import { ModelDrive, pattern } from './model.ts'

const packetBytes = 16 * blockBytes

/** Spare packets are 90 to 99. */
function bench(spares = 10) {
  const model = new ModelDrive(16, 1600)
  model.names = (lba) => lba
  const drive = new SparedDrive(model)
  const asked: number[] = []
  const engine = new PacketEngine(drive, {
    now: () => 0,
    journal: new Journal(new MemoryStore(), { state: () => ({}) }),
    replace: async (packet) => {
      asked.push(packet)
      const spare = 90 + asked.length - 1
      if (asked.length > spares) return false
      drive.replace(packet, spare)
      return true
    },
  })
  return { model, drive, engine, asked }
}

const onMedium = (model: ModelDrive, packet: number): Buffer =>
  model.durable.subarray(packet * packetBytes, (packet + 1) * packetBytes)

const readBack = async (engine: PacketEngine, packet: number): Promise<Buffer> =>
  Buffer.concat(await engine.read(packet * packetBytes, packetBytes))

describe.each(['kept', 'dropped', 'written', 'stuck'] as const)(
  'refused when the cache is emptied, and the rest of the cache is %s',
  (afterRefusal) => {
    test('it is on its spare packet, the packet beside it in its own place', async () => {
      const { model, engine, drive } = bench()
      model.afterRefusal = afterRefusal
      model.refused.add(32 * 16)
      await engine.write(32 * packetBytes, pattern(16, 1), false)
      await engine.write(40 * packetBytes, pattern(16, 2), false)
      // A drive that keeps failing with what it cannot write has to be given up on first.
      for (let left = 6; left > 0; left--) {
        if (afterRefusal === 'stuck' && left === 4) model.refused.clear()
        if (
          await engine.flushToMedium().then(
            () => true,
            () => false,
          )
        )
          break
      }
      if (afterRefusal !== 'stuck') expect(drive.spares.get(32)).toBe(90)
      expect(onMedium(model, drive.spares.get(32) ?? 32).equals(pattern(16, 1))).toBe(true)
      expect(onMedium(model, 40).equals(pattern(16, 2))).toBe(true)
      expect(engine.losses).toEqual([])
      expect(engine.stats().dirty).toBe(0)
      expect(await readBack(engine, 32)).toEqual(pattern(16, 1))
    })
  },
)

test('refused by the WRITE itself: the first flush is fine', async () => {
  const { model, engine, drive } = bench()
  model.plan = { write: 0 }
  model.planned = new BlockError(errno.EIO, '3/0C/00 write error', { sense: { key: 3, asc: 0x0c, ascq: 0 } })
  await engine.write(32 * packetBytes, pattern(16, 1), false)
  await engine.flushToMedium()
  expect(drive.spares.get(32)).toBe(90)
  expect(onMedium(model, 90).equals(pattern(16, 1))).toBe(true)
  expect(engine.losses).toEqual([])
})

test('spare packets that are bad as well are passed over, and with the last one the packet is given up', async () => {
  const { model, engine, drive, asked } = bench(3)
  for (const packet of [32, 90, 91]) model.refused.add(packet * 16)
  await engine.write(32 * packetBytes, pattern(16, 1), false)
  await engine.flushToMedium()
  expect(asked).toEqual([32, 32, 32])
  expect(onMedium(model, 92).equals(pattern(16, 1))).toBe(true)
  expect(engine.losses).toEqual([])

  model.refused.add(92 * 16)
  await engine.write(32 * packetBytes, pattern(16, 5), false)
  await expect(engine.flushToMedium()).rejects.toThrow('3/0C/00')
  expect(engine.losses).toMatchObject([{ lba: 512, blocks: 16 }])
  await engine.flushToMedium()
  expect(drive.spares.get(32)).toBe(92)
})

test('what is written to the packet while it is being replaced is not lost', async () => {
  const { model, engine, drive } = bench()
  model.refused.add(32 * 16)
  await engine.write(32 * packetBytes, pattern(16, 1), false)
  const flushed = engine.flushToMedium()
  const block = pattern(1, 9)
  for (let turn = 0; turn < 12; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    await engine.write(32 * packetBytes + turn * blockBytes, block, false)
  }
  await flushed
  await engine.flushToMedium()
  const wanted = pattern(16, 1)
  for (let turn = 0; turn < 12; turn++) block.copy(wanted, turn * blockBytes)
  expect(onMedium(model, drive.spares.get(32) ?? -1).equals(wanted)).toBe(true)
})

test('a packet of which blocks cannot be read has no bytes that another one could stand in with', async () => {
  const { model, engine, asked } = bench()
  model.bad.add(32 * 16 + 3)
  await engine.write(32 * packetBytes, pattern(1, 1), false)
  await expect(engine.flushToMedium()).rejects.toThrow()
  expect(asked).toEqual([])
})

test('whether there is a spare packet cannot be told now: the packet stays dirty, and is asked for again', async () => {
  const model = new ModelDrive(16, 1600)
  model.names = (lba) => lba
  model.refused.add(32 * 16)
  const drive = new SparedDrive(model)
  let known = false
  const engine = new PacketEngine(drive, {
    now: () => 0,
    journal: new Journal(new MemoryStore(), { state: () => ({}) }),
    replace: async (packet) => {
      if (!known) throw new BlockError(errno.EIO, 'the table cannot be read')
      drive.replace(packet, 90)
      return true
    },
  })
  await engine.write(32 * packetBytes, pattern(16, 1), false)
  await expect(engine.flushToMedium()).rejects.toThrow('the table cannot be read')
  expect(engine.isClean).toBe(false)
  known = true
  for (let left = 2; !engine.isClean && left > 0; left--) await engine.flushToMedium().catch(() => undefined)
  expect(onMedium(model, 90).equals(pattern(16, 1))).toBe(true)
  expect(engine.losses).toEqual([])
})
