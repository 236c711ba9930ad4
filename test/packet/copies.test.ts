// What counts as a copy of a packet that the drive may have lost: bytes that were ours, and not those that the drive gave back since.
import { expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { BlockError } from '../../src/packet/error.ts'
import { Journal } from '../../src/packet/journal.ts'
import { MemoryStore } from './memory-store.ts'
import { ModelDrive, pattern } from './model.ts'

const packetBytes = 16 * blockBytes
const codeOf = (p: Promise<unknown>): Promise<number | 'fine'> =>
  p.then(
    () => 'fine' as const,
    (e) => (e instanceof BlockError ? e.errno : -1),
  )

/** Packets 0 to 9, all but the last of them handed to the drive and gone from memory, and nothing synchronised. */
async function handedOver(hasJournal: boolean) {
  const drive = new ModelDrive(16, 320)
  const engine = new PacketEngine(drive, {
    ...{ now: () => 0, dirtyBytes: 2 * packetBytes, cleanBytes: packetBytes },
    ...(hasJournal ? { journal: new Journal(new MemoryStore(), { state: () => ({}) }) } : {}),
  })
  for (let at = 0; at < 10; at++) await engine.write(at * packetBytes, pattern(16, at), false)
  expect(drive.of('synchronize')).toBe(0)
  return { drive, engine }
}

/** The drive resets itself: it says so in the answer to whatever comes next, and its next SYNCHRONIZE CACHE fails for it. */
function reset(drive: ModelDrive, told: boolean): void {
  drive.loseCache()
  drive.owesError = told
  drive.planned = new BlockError(5, 'the drive was reset', {
    losesEarlier: true,
    sense: { key: 6, asc: 0x29, ascq: 0 },
  })
  drive.plan.synchronize = 0
}

/** As it is told with the answer to a command, and not before. */
const tellAtRead = (drive: ModelDrive): void => {
  const read = drive.read.bind(drive)
  drive.read = async (lba, blocks) => {
    drive.read = read
    drive.owesError = true
    return read(lba, blocks)
  }
}

const synchronized = (drive: ModelDrive): void => {
  const synchronize = drive.synchronize.bind(drive)
  drive.synchronize = () =>
    synchronize().finally(() => {
      drive.owesError = false
    })
}

test.each([true, false])(
  'without a journal, lost and read again (the reset is reported: %s): a loss',
  async (told) => {
    const { drive, engine } = await handedOver(false)
    synchronized(drive)
    reset(drive, told)
    for (let at = 0; at < 7; at++) await engine.read(at * packetBytes, packetBytes)
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
    const isLost = (packet: number) =>
      engine.losses.some(({ lba, blocks }) => lba <= packet * 16 && packet * 16 < lba + blocks)
    const missing = Array.from({ length: 10 }, (_, at) => at).filter(
      (at) => !drive.durable.subarray(at * packetBytes, (at + 1) * packetBytes).equals(pattern(16, at)),
    )
    expect(missing.length).toBeGreaterThan(4)
    expect(missing.filter((packet) => !isLost(packet))).toEqual([])
    expect(engine.stats().dirty).toBe(0)
  },
)

test.each([true, false])(
  'without a journal, lost, and completed with what was read again (reported: %s): a loss',
  async (told) => {
    const { drive, engine } = await handedOver(false)
    synchronized(drive)
    reset(drive, told)
    await engine.write(3 * blockBytes, pattern(1, 99), false)
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(engine.losses.some(({ lba }) => lba === 0)).toBe(true)
    // What was written since is there.
    expect(drive.durable.subarray(3 * blockBytes, 4 * blockBytes).equals(pattern(1, 99))).toBe(true)
  },
)

test.each([true, false])(
  'with a journal it is written again, with what was written since (reported: %s)',
  async (told) => {
    const { drive, engine } = await handedOver(true)
    synchronized(drive)
    reset(drive, told)
    await engine.write(3 * blockBytes, pattern(1, 99), false)
    expect(await codeOf(engine.flush())).toBe('fine')
    const wanted = pattern(16, 0)
    pattern(1, 99).copy(wanted, 3 * blockBytes)
    expect(drive.durable.subarray(0, packetBytes).equals(wanted)).toBe(true)
    for (let at = 1; at < 10; at++)
      expect(drive.durable.subarray(at * packetBytes, (at + 1) * packetBytes).equals(pattern(16, at))).toBe(
        true,
      )
    expect(engine.losses).toEqual([])
  },
)

test('a reader gets what was written, and not what the medium had before it', async () => {
  const { drive, engine } = await handedOver(true)
  synchronized(drive)
  reset(drive, false)
  tellAtRead(drive)
  for (let at = 0; at < 10; at++) {
    const [data] = await engine.read(at * packetBytes, packetBytes)
    expect(data?.equals(pattern(16, at)), `packet ${at}`).toBe(true)
  }
  expect(await codeOf(engine.flush())).toBe('fine')
  expect(drive.durable.subarray(0, packetBytes).equals(pattern(16, 0))).toBe(true)
})

test.each([true, false])(
  'a packet is not given up because its neighbour cannot be read by the same command (the drive names the block: %s)',
  async (names) => {
    const drive = new ModelDrive(16, 320)
    drive.namesUnreadable = names
    drive.bad.add(40)
    const bad: number[] = []
    const engine = new PacketEngine(drive, { now: () => 0, onBadBlocks: (lba) => bad.push(lba) })
    await engine.write(17 * blockBytes, pattern(1, 1), false)
    // Blocks 16 to 63 with one READ, for which the packet waits that is to be completed.
    const reading = codeOf(engine.read(16 * blockBytes, 48 * blockBytes))
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(await reading).toBe(5)
    expect(engine.losses).toEqual([])
    expect(drive.durable.subarray(17 * blockBytes, 18 * blockBytes).equals(pattern(1, 1))).toBe(true)
    expect(drive.durable.readUInt32BE(16 * blockBytes)).toBe(16)
    expect(bad).toEqual([32])
  },
)

test('a packet is not given up for a write error that a READ reports, or for a block of another packet', async () => {
  for (const sense of [
    { key: 3, asc: 0x0c, ascq: 0 },
    { key: 3, asc: 0x11, ascq: 0, information: 200 },
  ]) {
    const drive = new ModelDrive(16, 320)
    const engine = new PacketEngine(drive, { now: () => 0 })
    await engine.write(17 * blockBytes, pattern(1, 1), false)
    drive.planned = new BlockError(5, 'of another packet', { sense })
    drive.plan.read = 0
    expect(await codeOf(engine.flush())).toBe(5)
    expect(engine.losses).toEqual([])
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(drive.durable.subarray(17 * blockBytes, 18 * blockBytes).equals(pattern(1, 1))).toBe(true)
  }
})
