import { describe, expect, type TestContext, test } from 'vitest'
import type { Spared } from '../../src/engine/journal-state.ts'
import { Sparing, type SparingParts } from '../../src/engine/sparing.ts'
import { SparedDrive } from '../../src/packet/spared-drive.ts'
import { findSparablePartition } from '../../src/udf/sparable-volume.ts'
import {
  decodeSparingTable,
  encodeSparingTable,
  isInUse,
  type SparingTable,
} from '../../src/udf/sparing-table.ts'
import { ModelDrive, pattern } from '../packet/model.ts'
import { needTools } from '../tools.ts'
import { makeVolume } from '../udf/volume.ts'

const blocks = 8192
const packetBlocks = 16

interface Bench {
  model: ModelDrive
  drive: SparedDrive
  /** What a power cut would leave of the replacements. */
  remembered: Spared[][]
  said: string[]
  parts: SparingParts
  start(before?: readonly Spared[]): Sparing
  tables(): Promise<SparingTable[]>
}

/** A disc with a sparing table, without cache and journal around it. */
function bench(context: TestContext, options: string[] = ['--media-type=dvdrw', '--udfrev=2.01']): Bench {
  needTools(context, '/usr/sbin/mkudffs')
  const model = new ModelDrive(packetBlocks, blocks)
  makeVolume(blocks, ...options).copy(model.content)
  const drive = new SparedDrive(model)
  const remembered: Spared[][] = []
  const said: string[] = []
  const read = async (lba: number, count: number) => Buffer.concat(await drive.read(lba, count))
  const parts: SparingParts = {
    drive,
    disc: {
      read,
      write: async (lba, data) => {
        const packet = Math.floor(lba / packetBlocks)
        const whole = await read(packet * packetBlocks, packetBlocks)
        data.copy(whole, (lba % packetBlocks) * 2048)
        await drive.writePackets(packet * packetBlocks, [whole])
      },
      flush: () => drive.synchronize(),
      forget: () => undefined,
    },
    remember: async (spared) => void remembered.push([...spared]),
    say: (text) => void said.push(text),
  }
  return {
    model,
    drive,
    remembered,
    said,
    parts,
    start: (before = []) => new Sparing(parts, before),
    async tables() {
      const partition = await findSparablePartition(read, blocks)
      const copies = (partition?.tables ?? []).map((lba) =>
        decodeSparingTable(model.content.subarray(lba * 2048, (lba + 1) * 2048), lba),
      )
      return copies.filter((copy) => copy !== undefined)
    },
  }
}

/** In the partition of the volume, which begins at block 1296. */
const packet = 100
const original = packet * packetBlocks - 1296

test('a packet is replaced below the kernel at once, and in every copy of the table at the end', async (context) => {
  const { model, drive, start, tables, remembered, said } = bench(context)
  const sparing = start()
  expect(await sparing.replace(packet)).toBe(true)
  expect(said).toEqual([expect.stringMatching(/blocks 1600\.\.1615: .* spare packet at block 272$/)])
  const spare = drive.spares.get(packet) ?? -1
  expect(remembered.at(-1)).toEqual([{ packet, spare, defective: [] }])
  const data = pattern(packetBlocks, 1)
  await drive.writePackets(packet * packetBlocks, [data])
  expect(
    model.content.subarray(spare * packetBlocks * 2048, (spare + 1) * packetBlocks * 2048).equals(data),
  ).toBe(true)
  // A kernel that mounted before has no use for it yet, and one that mounts now would be confused.
  for (const table of await tables()) expect(table.entries.filter(isInUse)).toEqual([])

  await sparing.enter()
  const copies = await tables()
  expect(copies).toHaveLength(2)
  for (const copy of copies)
    expect(copy.entries.filter(isInUse)).toEqual([{ original, mapped: spare * packetBlocks }])
  // Never both: from now on the table alone says where the packet is.
  expect(drive.spares.size).toBe(0)
  expect(remembered.at(-1)).toEqual([])
})

test('a spare that fails as well is marked defective, and the next one is taken', async (context) => {
  const { drive, start, tables } = bench(context)
  const sparing = start()
  await sparing.replace(packet)
  const first = drive.spares.get(packet) ?? -1
  expect(await sparing.replace(packet)).toBe(true)
  const second = drive.spares.get(packet) ?? -1
  expect(second).not.toBe(first)
  await sparing.enter()
  const [table] = await tables()
  expect(table?.entries.filter(isInUse)).toEqual([{ original, mapped: second * packetBlocks }])
  expect(table?.entries.find((e) => e.mapped === first * packetBlocks)?.original).toBe(0xfffffff0)
  // The next session does not try it again.
  expect(await start().replace(packet + 1)).toBe(true)
  expect(drive.spares.get(packet + 1)).not.toBe(first)
})

test('a spare packet of the table that fails later is replaced for the packet it stands in for', async (context) => {
  const { drive, start, tables } = bench(context)
  const sparing = start()
  await sparing.replace(packet)
  const first = drive.spares.get(packet) ?? -1
  await sparing.enter()
  // The kernel that mounts now addresses the spare itself.
  const later = start()
  expect(await later.replace(first)).toBe(true)
  const second = drive.spares.get(first) ?? -1
  await later.enter()
  const [table] = await tables()
  expect(table?.entries.filter(isInUse)).toEqual([{ original, mapped: second * packetBlocks }])
})

test('the table is full: no packet is replaced any more, and those before stay replaced', async (context) => {
  const { start, drive } = bench(context, ['--media-type=dvdrw', '--udfrev=2.01', '--sparspace=64'])
  const sparing = start()
  const taken: boolean[] = []
  for (let n = 0; n < 70; n++) taken.push(await sparing.replace(packet + n))
  const spares = taken.filter(Boolean).length
  expect(spares).toBeGreaterThan(0)
  expect(taken).toEqual(taken.map((_, i) => i < spares))
  expect(drive.spares.size).toBe(spares)
  expect(new Set(drive.spares.values()).size).toBe(spares)
})

test.for([
  ['the anchor', 16],
  ['a volume descriptor', 6],
  ['a sparing table', 7],
  ['a spare packet that stands in for nothing', 17],
  ['what lies behind the partition', 2046],
] as const)('%s is not replaced: it is no packet of the partition', async ([, outside], context) => {
  const { start, drive } = bench(context)
  expect(await start().replace(outside)).toBe(false)
  expect(drive.spares.size).toBe(0)
})

test.for([
  ['without a table', ['--media-type=hd', '--bootarea=erase']],
  ['with packets of another size than the drive’s', ['--media-type=dvdrw', '--packetlen=32']],
] as const)('in a volume %s nothing is replaced', async ([, options], context) => {
  const { start } = bench(context, [...options])
  expect(await start().replace(packet)).toBe(false)
})

test('what nothing would remember is not done: after a power cut nobody would know where the packet is', async (context) => {
  const made = bench(context)
  const sparing = new Sparing(
    {
      drive: made.drive,
      disc: {
        read: async (lba, n) => Buffer.concat(await made.drive.read(lba, n)),
        write: async () => undefined,
        flush: async () => undefined,
        forget: () => undefined,
      },
      remember: () => Promise.reject(new Error('the journal is lost')),
      say: () => undefined,
    },
    [],
  )
  expect(await sparing.replace(packet)).toBe(false)
  expect(made.drive.spares.size).toBe(0)
})

test('no journal any more: the volume is laid out anew all the same', async (context) => {
  const { drive, start, parts } = bench(context)
  const sparing = start()
  await sparing.replace(packet)
  const spare = drive.spares.get(packet) ?? -1
  parts.remember = () => Promise.reject(new Error('the journal is lost'))
  await sparing.beforeWrite(spare, spare + 1)
  expect(drive.spares.size).toBe(0)
})

describe('a table that another program made, with a true tag and spare packets that are none', () => {
  /** The table's entries that are available say these blocks, in both copies. */
  async function offer(made: Bench, ...mapped: number[]): Promise<void> {
    const partition = await findSparablePartition(
      async (lba, count) => Buffer.concat(await made.drive.read(lba, count)),
      blocks,
    )
    for (const lba of partition?.tables ?? []) {
      const bytes = made.model.content.subarray(lba * 2048, (lba + 1) * 2048)
      const table = decodeSparingTable(bytes, lba)
      if (table === undefined) throw new Error('no table')
      const entries = table.entries.map((entry, i) => ({ ...entry, mapped: mapped[i] ?? mapped[0] ?? 0 }))
      encodeSparingTable({ ...table, entries }, lba).copy(made.model.content, lba * 2048)
    }
  }

  test.for([
    ['the recognition sequence', 16],
    ['the main descriptors', 96],
    ['the integrity sequence', 128],
    ['a copy of the table', 112],
    ['the anchor', 256],
    ['the last anchor', blocks - 16],
    ['half of two packets', 280],
    ['what lies behind the end', blocks + 16],
  ] as const)('%s is not written over', async ([, mapped], context) => {
    const made = bench(context)
    await offer(made, mapped)
    expect(await made.start().replace(packet)).toBe(false)
    expect(made.drive.spares.size).toBe(0)
  })

  test('one place that is offered twice takes one packet', async (context) => {
    const made = bench(context)
    await offer(made, 272)
    const sparing = made.start()
    expect(await sparing.replace(packet)).toBe(true)
    await sparing.enter()
    expect(await made.start().replace(packet + 1)).toBe(false)
  })
})

describe('a power cut between replacing and entering', () => {
  test('the next start goes on from what was remembered', async (context) => {
    const { drive, start, tables, remembered } = bench(context)
    await start().replace(packet)
    const spare = drive.spares.get(packet) ?? -1
    drive.replace(packet, undefined)
    const next = start(remembered.at(-1))
    expect(drive.spares.get(packet)).toBe(spare)
    await next.enter()
    for (const copy of await tables())
      expect(copy.entries.filter(isInUse)).toEqual([{ original, mapped: spare * packetBlocks }])
  })

  test('between the two copies: the one that is newer holds, and both are equal in the end', async (context) => {
    const { model, drive, start, tables, remembered } = bench(context)
    await start().replace(packet)
    const spare = drive.spares.get(packet) ?? -1
    const kept = remembered.at(-1)
    model.plan = { write: 1 }
    await start(kept).enter()
    const torn = await tables()
    model.plan = {}
    await start(kept).enter()
    const copies = await tables()
    expect(torn.length).toBeGreaterThan(0)
    expect(copies.map((c) => c.entries.filter(isInUse))).toEqual([
      [{ original, mapped: spare * packetBlocks }],
      [{ original, mapped: spare * packetBlocks }],
    ])
  })

  test('no copy can be written: the replacement stays, and is entered the next time', async (context) => {
    const { model, drive, start, tables, remembered } = bench(context)
    const sparing = start()
    await sparing.replace(packet)
    const before = remembered.length
    model.failAll = 'write'
    await expect(sparing.enter()).rejects.toThrow('write fails')
    expect(remembered).toHaveLength(before)
    expect(drive.spares.size).toBe(1)
    model.failAll = undefined
    await sparing.enter()
    expect((await tables()).map((c) => c.entries.filter(isInUse).length)).toEqual([1, 1])
  })
})

test('a program that lays out the disc anew finds no packet of the old volume under its own', async (context) => {
  const { model, drive, start } = bench(context)
  const sparing = start()
  await sparing.replace(packet)
  const spare = drive.spares.get(packet) ?? -1
  const data = pattern(packetBlocks, 1)
  await drive.writePackets(packet * packetBlocks, [data])
  expect(sparing.beforeWrite(spare + 1, spare + 9)).toBeUndefined()
  await sparing.beforeWrite(spare, spare + 1)
  expect(drive.spares.size).toBe(0)
  // What it held is where it belongs, as far as the medium takes it.
  const at = packet * packetBlocks * 2048
  expect(model.content.subarray(at, at + data.length).equals(data)).toBe(true)
})
