import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BlockError, errno } from '../../src/packet/error.ts'
import { SparedDrive } from '../../src/packet/spared-drive.ts'
import { ModelDrive, pattern } from './model.ts'

const packetBlocks = 16
const packetBytes = packetBlocks * 2048

/** The same, written the plain way: what a reader of packet numbers is to see. */
const expected = (model: ModelDrive, drive: SparedDrive, lba: number, blocks: number): Buffer =>
  Buffer.concat(
    Array.from({ length: blocks }, (_, i) => {
      const packet = Math.floor((lba + i) / packetBlocks)
      const at = (drive.spares.get(packet) ?? packet) * packetBlocks + ((lba + i) % packetBlocks)
      return model.content.subarray(at * 2048, (at + 1) * 2048)
    }),
  )

test('reads and writes of any range end in the spares, and in the packets themselves where there is none', async () => {
  const range = fc.record({ first: fc.nat(17), count: fc.integer({ min: 1, max: 6 }) })
  const spares = fc.uniqueArray(fc.nat(23), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(spares, range, fc.nat(15), async (packets, { first, count }, inside) => {
      const model = new ModelDrive(packetBlocks, 40 * packetBlocks)
      model.packetsAtOnce = 6
      const drive = new SparedDrive(model)
      for (const [i, packet] of packets.entries()) drive.replace(packet, 39 - i)
      const data = pattern(count * packetBlocks, 3)
      const sent = Array.from({ length: count }, (_, i) =>
        data.subarray(i * packetBytes, (i + 1) * packetBytes),
      )
      await drive.writePackets(first * packetBlocks, sent)
      const back = Buffer.concat(await drive.read(first * packetBlocks, count * packetBlocks))
      expect(back.equals(data)).toBe(true)
      const lba = first * packetBlocks + inside
      const blocks = count * packetBlocks - inside
      const part = Buffer.concat(await drive.read(lba, blocks))
      expect(part.equals(expected(model, drive, lba, blocks))).toBe(true)
      expect(model.violations).toEqual([])
    }),
  )
})

test('one command carries what lies together, with a spare among it three', async () => {
  const model = new ModelDrive(packetBlocks, 40 * packetBlocks)
  const drive = new SparedDrive(model)
  await drive.read(0, 5 * packetBlocks)
  expect(model.of('read')).toBe(1)
  drive.replace(2, 39)
  await drive.read(0, 5 * packetBlocks)
  expect(model.of('read')).toBe(4)
  drive.replace(2, undefined)
  await drive.read(0, 5 * packetBlocks)
  expect(model.of('read')).toBe(5)
})

test('a failure names the block that was asked for, whichever command reports it', async () => {
  const model = new ModelDrive(packetBlocks, 40 * packetBlocks)
  const drive = new SparedDrive(model)
  drive.replace(2, 39)
  model.planned = new BlockError(errno.EIO, 'write error', {
    sense: { key: 3, asc: 0x0c, ascq: 0, information: 39 * packetBlocks + 5 },
  })
  const named = { sense: { key: 3, asc: 0x0c, information: 2 * packetBlocks + 5 }, errno: errno.EIO }
  model.plan = { write: 0, read: 0, synchronize: 0 }
  await expect(drive.writePackets(2 * packetBlocks, [Buffer.alloc(packetBytes)])).rejects.toMatchObject(named)
  await expect(drive.read(2 * packetBlocks, 3)).rejects.toMatchObject(named)
  await expect(drive.synchronize()).rejects.toMatchObject(named)
})
