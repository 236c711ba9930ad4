// Who is told of what failed: data that was acknowledged and may be lost is told to a later flush, whatever happened between.
import { expect, test } from 'vitest'
import { testUnitReady } from '../../src/mmc/unit-control.ts'
import { AttentiveTransport } from '../../src/packet/attention.ts'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { BlockError } from '../../src/packet/error.ts'
import { MmcDrive } from '../../src/packet/mmc-drive.ts'
import { ModelDrive, pattern } from './model.ts'
import { ScriptedTransport, StillClock } from './scripted.ts'

const packet = 16 * blockBytes
const small = { now: () => 0, dirtyBytes: 2 * packet, cleanBytes: packet }
const codeOf = (p: Promise<unknown>): Promise<number | 'fine'> =>
  p.then(
    () => 'fine' as const,
    (e) => (e instanceof BlockError ? e.errno : -1),
  )

/** Writes until some packets are handed to the drive, and not synchronised. */
async function handOver(engine: PacketEngine): Promise<void> {
  for (let at = 0; at < 6; at++) await engine.write(at * packet, pattern(16, at), false)
  expect(engine.stats().dirty).toBeGreaterThan(engine.stats().waiting ?? 0)
}

test('FUA that meets a failing SYNCHRONIZE CACHE: the others whose packets that cost are told by a flush', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = new PacketEngine(drive, small)
  await handOver(engine)
  drive.plan.synchronize = 0
  expect(await codeOf(engine.write(9 * packet, pattern(16, 9), true))).toBe(5)
  expect(await codeOf(engine.flush())).toBe(5)
  expect(await codeOf(engine.flush())).toBe('fine')
})

test('FUA is not true when its packet was refused by the medium before its turn came', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = new PacketEngine(drive, { now: () => 0 })
  const write = drive.writePackets.bind(drive)
  drive.writePackets = async (lba, data) => {
    await write(lba, data)
    drive.plan.write = 0
    drive.writePackets = write
    // While the flush is at packet 0, packet 1 comes, and is refused by the round that began before.
    fua = codeOf(engine.write(packet + blockBytes, pattern(1, 2), true))
    await new Promise((resolve) => setImmediate(resolve))
  }
  let fua: Promise<number | 'fine'> = Promise.resolve('fine')
  await engine.write(0, pattern(16, 1), false)
  await engine.write(packet, pattern(16, 1), false)
  expect(await codeOf(engine.settle())).toBe('fine')
  expect(await fua).toBe(5)
})

test('a packet that is refused takes nothing with it that came while it was written', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = new PacketEngine(drive, { now: () => 0 })
  await engine.write(0, pattern(16, 1), false)
  drive.plan.write = 0
  const write = drive.writePackets.bind(drive)
  drive.writePackets = async (lba, data) => {
    drive.writePackets = write
    await engine.write(0, pattern(1, 2), false)
    return write(lba, data)
  }
  expect(await codeOf(engine.flush())).toBe(5)
  expect(await codeOf(engine.flush())).toBe('fine')
  expect(drive.durable.subarray(0, blockBytes).equals(pattern(1, 2))).toBe(true)
})

test("a packet whose write was answered with an earlier one's error is not given up for it", async () => {
  const drive = new ModelDrive(16, 160)
  const engine = new PacketEngine(drive, { now: () => 0 })
  await engine.write(0, pattern(16, 1), false)
  const sense = { key: 3, asc: 0x0c, ascq: 0, deferred: true }
  drive.planned = new BlockError(5, 'an earlier write failed', { losesEarlier: true, sense })
  drive.plan.write = 0
  expect(await codeOf(engine.flush())).toBe('fine')
  expect(drive.durable.subarray(0, packet).equals(pattern(16, 1))).toBe(true)
})

test('an error that comes after the drive had said that everything is on the medium is reported, once', async () => {
  const transport = new ScriptedTransport()
  const attentive = new AttentiveTransport(transport)
  const drive = new MmcDrive(attentive, { packetBlocks: 16, blocks: 160, clock: new StillClock() })
  const engine = new PacketEngine(drive, { now: () => 0 })
  await engine.write(0, pattern(16, 1), false)
  expect(await codeOf(engine.flush())).toBe('fine')
  transport.trouble(testUnitReady().cdb[0] ?? 0, 'deferred 3/0C/00')
  await attentive.execute(testUnitReady())
  expect(await codeOf(engine.flush())).toBe(5)
  expect(await codeOf(engine.flush())).toBe('fine')
  // A reset costs nothing then.
  transport.trouble(testUnitReady().cdb[0] ?? 0, '6/29/00')
  await attentive.execute(testUnitReady())
  expect(await codeOf(engine.flush())).toBe('fine')
})
