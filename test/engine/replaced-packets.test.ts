// Packets that are replaced, and what happens before the table has them: a power cut, an engine that dies, a journal or a table that goes.
import { expect, type TestContext, test } from 'vitest'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { findSparablePartition } from '../../src/udf/sparable-volume.ts'
import { decodeSparingTable, isInUse } from '../../src/udf/sparing-table.ts'
import { Disc } from '../drive/index.ts'
import type { RawClient } from '../nbd/memory.ts'
import { needTools } from '../tools.ts'
import { makeVolume } from '../udf/volume.ts'
import { control, type Engine, stage } from './harness.ts'
import { ModelDisk } from './model-disk.ts'
import { flush, packetBytes, write } from './volume.ts'

const blocks = 8192
const packetBlocks = 16
const journalDir = '/var/lib/pktw/discs/journal'
/** In the partition of the volume, which begins at block 1296. */
const bad = 100
const original = bad * packetBlocks - 1296

const emptyDisc = () => new Disc({ kind: 'dvd+rw', blocks })

function copyOf(from: (packet: number) => Buffer): Disc {
  const disc = emptyDisc()
  for (let packet = 0; packet < blocks / packetBlocks; packet++) disc.writePacket(packet, from(packet))
  return disc
}

function discWithTable(context: TestContext): Disc {
  needTools(context, '/usr/sbin/mkudffs')
  const image = makeVolume(blocks, '--media-type=dvdrw', '--udfrev=2.01')
  return copyOf((packet) => image.subarray(packet * packetBytes, (packet + 1) * packetBytes))
}

/** As a machine finds it that has not seen what came later. */
const snapshot = (disc: Disc): Disc =>
  copyOf((packet) => Buffer.from(disc.read(packet * packetBlocks, packetBlocks)))

async function begin(
  disc: Disc,
  journalDisk: ModelDisk,
  options: Partial<SessionOptions> = {},
  faults: { count?: number } = {},
): Promise<Engine> {
  const staged = stage(
    { kind: 'dvd+rw', blocks },
    { profile: 'dvdrw' },
    { journalDir, journalDisk, boot: 'first', ...options },
  )
  staged.drive.swap(disc)
  staged.drive.faults.failSector(bad * packetBlocks, 'write', faults)
  return await staged.start()
}

/** The packet is written, refused, and replaced. */
async function replace(engine: Engine): Promise<RawClient> {
  const client = await engine.attach()
  await write(client, bad, 1)
  expect(await control(engine, { do: 'flush' })).toEqual({ ok: true })
  return client
}

const isFilledWith = (data: Buffer, fill: number): boolean => data.equals(Buffer.alloc(packetBytes, fill))

async function readBad(client: RawClient): Promise<Buffer> {
  client.request(0, bad * packetBytes, packetBytes)
  expect((await client.reply()).error).toBe(0)
  return await client.take(packetBytes)
}

/** What the copies of the table say of the packet: where it is. */
async function placesOf(disc: Disc): Promise<(number | undefined)[]> {
  const partition = await findSparablePartition(async (lba, n) => Buffer.from(disc.read(lba, n)), blocks)
  return (partition?.tables ?? []).map(
    (lba) =>
      decodeSparingTable(disc.read(lba, 1), lba)?.entries.find((e) => isInUse(e) && e.original === original)
        ?.mapped,
  )
}

const inItsPlace = (disc: Disc, places: readonly (number | undefined)[]): boolean[] =>
  places.map((lba) => lba !== undefined && isFilledWith(Buffer.from(disc.read(lba, packetBlocks)), 1))

test('a power cut: the disc is known again, though its first spare packets are among the blocks that it is known by', async (context) => {
  const disc = discWithTable(context)
  const disk = new ModelDisk()
  const client = await replace(await begin(disc, disk))
  const left = snapshot(disc)
  // Only the journal has this one.
  await write(client, bad + 50, 3)
  await flush(client)
  const next = await begin(left, disk.copy(), { boot: 'second' })
  expect(inItsPlace(left, await placesOf(left))).toEqual([true, true])
  expect(isFilledWith(Buffer.from(left.read((bad + 50) * packetBlocks, packetBlocks)), 3)).toBe(true)
  await next.session.stop('end')
})

test('the journal is lost: the table has the packet before the journal’s files go', async (context) => {
  const disc = discWithTable(context)
  const disk = new ModelDisk()
  const engine = await begin(disc, disk)
  const client = await replace(engine)
  disk.fail({ error: 'ENOSPC', calls: ['append', 'create'] })
  await write(client, bad + 50, 2)
  await flush(client)
  expect(engine.session.status().journalLost).toContain('ENOSPC')
  // The power goes.
  const left = snapshot(disc)
  expect(inItsPlace(left, await placesOf(left))).toEqual([true, true])
  // A kernel that has the disc mounted still asks for the packet itself.
  expect(isFilledWith(await readBad(client), 1)).toBe(true)
})

test.for([
  ['with a journal', undefined],
  ['without a place for one', '/nowhere'],
] as const)(
  'the engine dies after that, and the next one serves the kernel that still has it mounted, %s',
  async ([, nowhere], context) => {
    const disc = discWithTable(context)
    const disk = new ModelDisk()
    const engine = await begin(disc, disk)
    const client = await replace(engine)
    const mend = disk.fail({ error: 'EIO', calls: ['append', 'create'] })
    await write(client, bad + 50, 2)
    await flush(client)
    mend()
    const found = disk.copy()
    if (nowhere !== undefined) found.readOnly()
    const next = await begin(snapshot(disc), found, { journalDir: nowhere ?? journalDir, attached: true })
    expect(next.session.status().journalLost !== undefined).toBe(nowhere !== undefined)
    expect(isFilledWith(await readBad(await next.attach()), 1)).toBe(true)
  },
)

test('no copy of the table can be written: the lost journal stays, and flushes fail', async (context) => {
  const disc = discWithTable(context)
  const disk = new ModelDisk()
  const engine = await begin(disc, disk)
  const client = await replace(engine)
  const before = await placesOf(disc)
  const partition = await findSparablePartition(async (lba, n) => Buffer.from(disc.read(lba, n)), blocks)
  for (const lba of partition?.tables ?? []) engine.drive.faults.failSector(lba, 'write')
  const mend = disk.fail({ error: 'EIO', calls: ['append', 'create'] })
  await write(client, bad + 50, 2)
  for (let times = 0; times < 4; times++) {
    client.request(3, 0, 0)
    expect((await client.reply()).error).not.toBe(0)
  }
  mend()
  expect(before).toEqual([undefined, undefined])
  expect(disk.files(journalDir).size).toBeGreaterThan(0)
})

test('write.journal is switched off after a power cut: what the former journal remembers goes into the table', async (context) => {
  const disc = discWithTable(context)
  const disk = new ModelDisk()
  await replace(await begin(disc, disk))
  const left = snapshot(disc)
  expect(await placesOf(left)).toEqual([undefined, undefined])
  const next = await begin(left, disk.copy(), {
    ...{ journalDir: '/run/pktw/journal', formerJournalDir: journalDir, boot: 'second' },
    write: { ...defaults.write, journal: false },
  })

  expect(inItsPlace(left, await placesOf(left))).toEqual([true, true])
  await next.session.stop('end')
})

test('a file system without a table is made over the volume: its packet gets its own place before the journal goes', async (context) => {
  const disc = discWithTable(context)
  const engine = await begin(disc, new ModelDisk(), {}, { count: 2 })
  const client = await replace(engine)
  const last = blocks / packetBlocks - 1
  // The spare packet, which is the next one, is left alone.
  for (const packet of [...Array(17).keys(), ...Array.from({ length: 20 }, (_, i) => last - i)])
    await write(client, packet, 0)
  await write(client, bad, 7)
  await flush(client)
  expect((await engine.session.stop('end')).exitCode).toBe(0)
  expect(isFilledWith(Buffer.from(disc.read(bad * packetBlocks, packetBlocks)), 7)).toBe(true)
})
