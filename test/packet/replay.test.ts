// A journal that was not removed, found later: what is newer on the disc stays.
import { describe, expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { Journal } from '../../src/packet/journal.ts'
import { readJournal } from '../../src/packet/recovery.ts'
import { foreignPackets, withoutPackets } from '../../src/packet/replay.ts'
import { MemoryStore } from './memory-store.ts'
import { ModelDrive, pattern } from './model.ts'

const packetBlocks = 16
const packetBytes = packetBlocks * blockBytes

/** An engine with a journal on a store that is never emptied, as one that has become read-only. */
function engine(drive = new ModelDrive(packetBlocks, 160)) {
  const store = new MemoryStore()
  store.remove = async () => undefined
  const journal = new Journal(store, { state: () => ({}) })
  const served = new PacketEngine(drive, { now: () => 0, flush: 'journal', journal, cleanBytes: packetBytes })
  return { drive, store, engine: served }
}

/** Packets that the journal must not write, by their numbers, with the disc as `content` has it. */
async function foreign(store: MemoryStore, content: Buffer, bad: readonly number[] = []): Promise<number[]> {
  const contents = readJournal(store.files())
  const found = await foreignPackets(contents, async (lba, blocks) =>
    bad.some((b) => b >= lba && b < lba + blocks)
      ? undefined
      : content.subarray(lba * blockBytes, (lba + blocks) * blockBytes),
  )
  return [...found].map((lba) => lba / packetBlocks)
}

const put = (content: Buffer, block: number, data: Buffer): Buffer => {
  const changed = Buffer.from(content)
  data.copy(changed, block * blockBytes)
  return changed
}

describe.each<[string, (e: PacketEngine) => Promise<void>]>([
  [
    'read, then changed in part',
    async (e) => {
      await e.read(3 * packetBytes, packetBytes)
      await e.write(3 * packetBytes + blockBytes, pattern(1, 1), false)
      await e.flush()
    },
  ],
  [
    'read, then changed as a whole',
    async (e) => {
      await e.read(3 * packetBytes, packetBytes)
      await e.write(3 * packetBytes, pattern(packetBlocks, 1), false)
      await e.flush()
    },
  ],
  [
    'changed in part, completed by reading, and written',
    async (e) => {
      await e.write(3 * packetBytes + blockBytes, pattern(1, 1), false)
      await e.flushToMedium()
    },
  ],
  [
    'changed in part and written, then again',
    async (e) => {
      await e.write(3 * packetBytes + blockBytes, pattern(1, 2), false)
      await e.flushToMedium()
      await e.write(3 * packetBytes + 5 * blockBytes, pattern(1, 1), false)
      await e.flushToMedium()
    },
  ],
])('a packet that was %s', (_, work) => {
  const before = Buffer.from(new ModelDrive(packetBlocks, 160).content)

  test('may be written over what was there before, over what the journal has, and over nothing', async () => {
    const { drive, store, engine: e } = engine()
    await work(e)
    expect(await foreign(store, before)).toEqual([])
    expect(await foreign(store, drive.content)).toEqual([])
    // A write that was cut short.
    const torn = put(
      before,
      3 * packetBlocks,
      drive.content.subarray(3 * packetBytes, 3 * packetBytes + 5 * blockBytes),
    )
    expect(await foreign(store, torn)).toEqual([])
    expect(await foreign(store, before, [3 * packetBlocks + 2])).toEqual([])
  })

  test('is not written over anything else', async () => {
    const { drive, store, engine: e } = engine()
    await work(e)
    for (const block of [0, 1, packetBlocks - 1])
      for (const content of [before, drive.content])
        expect(await foreign(store, put(content, 3 * packetBlocks + block, pattern(1, 99)))).toEqual([3])
  })
})

test('a packet that was written to while its last version was on its way has no base from then', async () => {
  const { drive, store, engine: e } = engine()
  await e.write(3 * packetBytes, pattern(packetBlocks, 1), false)
  drive.failAll = 'synchronize'
  await e.flushToMedium().catch(() => undefined)
  await e.write(3 * packetBytes, pattern(1, 2), false)
  await e.flush()
  // The drive loses what it had, and the medium has what it had before.
  expect(await foreign(store, Buffer.from(new ModelDrive(packetBlocks, 160).content))).toEqual([])
})

test('what an engine takes over may be in the cache of the drive only, so it is no base', async () => {
  const { drive, store, engine: e } = engine()
  const medium = Buffer.from(drive.content)
  await e.write(3 * packetBytes, pattern(packetBlocks, 1), false)
  drive.failAll = 'synchronize'
  await e.flushToMedium().catch(() => undefined)
  const contents = readJournal(store.files())
  const journal = new Journal(store, {
    state: () => ({}),
    firstSegment: contents.nextSegment,
    firstSequence: contents.nextSequence,
    existing: contents.existing,
  })
  const next = new PacketEngine(drive, { now: () => 0, flush: 'journal', journal })
  next.restore(contents.blocks)
  await next.trim(3 * packetBytes, packetBytes)
  await next.read(3 * packetBytes, packetBytes)
  await next.write(3 * packetBytes, pattern(1, 3), false)
  await next.flush()
  expect(await foreign(store, medium)).toEqual([])
})

test('records are cut at the bounds of the packets that are taken out', () => {
  const data = pattern(40, 1)
  const { rest, taken } = withoutPackets(
    [{ segment: 1, sequence: 1, lba: 8, data }],
    new Set([16]),
    packetBlocks,
  )
  expect(rest.map(({ lba, data: d }) => [lba, d.length / blockBytes])).toEqual([
    [8, 8],
    [32, 16],
  ])
  expect(taken.map(({ lba, data: d }) => [lba, d.length / blockBytes])).toEqual([[16, 16]])
  expect(
    Buffer.concat([...rest, ...taken].sort((a, b) => a.lba - b.lba).map((r) => r.data)).equals(data),
  ).toBe(true)
})
