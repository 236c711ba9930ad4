// What is known of a disc over all its sessions: read as it was written, and written only where it changed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DiscRecord } from '../../src/engine/disc-record.ts'

/** 100 GB in packets of 64 KiB. */
const large = { medium: 'bd-re', blocks: 48_878_592, packetBlocks: 32 }
const packets = large.blocks / 32
const pageBytes = 4096

function records(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-record-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}

async function written(dir: string, list: readonly number[], disc = large): Promise<DiscRecord> {
  const record = await DiscRecord.open(dir, 'id', disc)
  for (const packet of list) record.packetWritten(packet)
  await record.save()
  return record
}

test('counts, bad blocks and the hottest packet go on from session to session', async () => {
  const dir = records()
  const first = await written(dir, [7, 7, packets - 1])
  first.badBlocks.add(4711)
  await first.save()
  const second = await written(dir, [packets - 1, packets - 1])
  expect(second.wear).toEqual({ packetsWritten: 5, hottest: { packet: packets - 1, writes: 3 } })
  expect([...second.badBlocks]).toEqual([4711])
  const { wear } = await DiscRecord.open(dir, 'id', large)
  expect(wear).toEqual(second.wear)
})

test('a save writes the pages that changed, and no other', async () => {
  const dir = records()
  const file = path.join(dir, 'id.wear')
  const record = await written(dir, [0, 1024, 500_000])
  expect(statSync(file).size).toBe(packets * 4)
  // A mark in every page: what is written again loses it.
  const marked = readFileSync(file)
  for (let at = 0; at < marked.length; at += pageBytes) marked.writeUInt32LE(0xdeadbeef, at)
  writeFileSync(file, marked)
  record.packetWritten(2048)
  record.packetWritten(500_001)
  await record.save()
  const now = readFileSync(file)
  const lost: number[] = []
  for (let at = 0; at < now.length; at += pageBytes)
    if (now.readUInt32LE(at) !== 0xdeadbeef) lost.push(at / pageBytes)
  expect(lost).toEqual([2, Math.floor(500_001 / 1024)])
})

test('files of earlier versions are read: every count in one file, written as a whole', async () => {
  const dir = records()
  const old = Buffer.alloc(packets * 4)
  old.writeUInt32LE(212, 16 * 4)
  old.writeUInt32LE(5, 99 * 4)
  writeFileSync(path.join(dir, 'id.wear'), old)
  const record = { format: 1, ...large, packetsWritten: 217, badBlocks: [3], seenAt: 1 }
  writeFileSync(path.join(dir, 'id.json'), JSON.stringify(record))
  const { wear, badBlocks } = await DiscRecord.open(dir, 'id', large)
  expect(wear).toEqual({ packetsWritten: 217, hottest: { packet: 16, writes: 212 } })
  expect([...badBlocks]).toEqual([3])
})

test('a file that was cut short is written as a whole again', async () => {
  const dir = records()
  const record = await written(dir, [5, 5, 1_000_000])
  truncateSync(path.join(dir, 'id.wear'), 100)
  record.packetWritten(5)
  await record.save()
  const counts = readFileSync(path.join(dir, 'id.wear'))
  expect([counts.readUInt32LE(20), counts.readUInt32LE(4_000_000)]).toEqual([3, 1])
})

test('the same volume on a disc of another size begins anew', async () => {
  const dir = records()
  await written(dir, [7, 7])
  const other = { medium: 'dvd+rw', blocks: 4096, packetBlocks: 16 }
  const record = await written(dir, [1], other)
  expect(record.wear).toEqual({ packetsWritten: 1, hottest: { packet: 1, writes: 1 } })
  expect(statSync(path.join(dir, 'id.wear')).size).toBe(1024)
  expect((await DiscRecord.open(dir, 'id', other)).wear).toEqual(record.wear)
})

test.each(['id.json', 'id.wear'])(
  '%s exists and cannot be read: it is not overwritten by an empty one',
  async (name) => {
    const dir = records()
    await written(dir, [7])
    rmSync(path.join(dir, name))
    // Reading a directory is an error for everybody, root too.
    mkdirSync(path.join(dir, name))
    await expect(DiscRecord.open(dir, 'id', large)).rejects.toThrow('EISDIR')
  },
)

test('what a failed save could not write the next one writes', async () => {
  const dir = records()
  const record = await written(dir, [7])
  rmSync(path.join(dir, 'id.wear'))
  mkdirSync(path.join(dir, 'id.wear'))
  record.packetWritten(9)
  await expect(record.save()).rejects.toThrow('EISDIR')
  rmSync(path.join(dir, 'id.wear'), { recursive: true })
  await record.save()
  expect((await DiscRecord.open(dir, 'id', large)).wear.packetsWritten).toBe(2)
  expect(readFileSync(path.join(dir, 'id.wear')).readUInt32LE(36)).toBe(1)
})
