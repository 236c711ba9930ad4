import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findSparablePartition, type ReadBlocks } from '../../src/udf/sparable-volume.ts'
import {
  decodeSparingTable,
  encodeSparingTable,
  enterReplacements,
  isAvailable,
  isInUse,
  type SparingTable,
} from '../../src/udf/sparing-table.ts'
import { crcOf, readTag, sealTag } from '../../src/udf/tag.ts'
import { needTools } from '../tools.ts'
import { makeVolume } from './volume.ts'

const blocks = 8192

/** A volume as mkudffs makes it, and a file of it for other programs. */
function volume(type: string): { image: Buffer; read: ReadBlocks; file(): string } {
  const image = makeVolume(blocks, `--media-type=${type}`, '--udfrev=2.01')
  return {
    image,
    read: async (lba, count) => Buffer.from(image.subarray(lba * 2048, (lba + count) * 2048)),
    file() {
      const dir = mkdtempSync(path.join(tmpdir(), 'pktw-udf-'))
      onTestFinished(() => rmSync(dir, { recursive: true }))
      writeFileSync(path.join(dir, 'disc.img'), image)
      return path.join(dir, 'disc.img')
    },
  }
}

const mkudffs = '/usr/sbin/mkudffs'

test('the CRC is that of the worked example in ECMA-167 3/7.2.6', () => {
  expect(crcOf(Buffer.from([0x70, 0x6a, 0x77]))).toBe(0x3299)
})

test('a tag is true for its own block only, and one changed byte makes it untrue', () => {
  const bytes = Buffer.alloc(2048, 7)
  bytes.writeUInt16LE(2, 0)
  bytes.writeUInt16LE(3, 2)
  bytes.writeUInt16LE(496, 10)
  sealTag(bytes, 256)
  expect(readTag(bytes, 256)).toEqual({ identifier: 2, crcLength: 496, location: 256 })
  expect(readTag(bytes, 257)).toBeUndefined()
  for (const at of [0, 4, 5, 8, 12, 16, 511]) {
    const broken = Buffer.from(bytes)
    broken[at] = (broken[at] ?? 0) ^ 1
    expect(readTag(broken, 256), `byte ${at}`).toBeUndefined()
  }
  expect(readTag(Buffer.alloc(2048), 0)).toBeUndefined()
})

describe.each([
  ['cdrw', 32],
  ['dvdrw', 16],
])('a volume that mkudffs makes for %s', (type, packetBlocks) => {
  test('has a sparable partition of whole packets, and equal copies of an empty table', async (context) => {
    needTools(context, mkudffs)
    const { read } = volume(type)
    const partition = await findSparablePartition(read, blocks)
    if (partition === undefined) throw new Error('not found')
    expect(partition).toMatchObject({ packetBlocks, tableBlocks: 1 })
    expect(partition.start % packetBlocks).toBe(0)
    expect(partition.tables).toHaveLength(2)
    for (const lba of partition.tables) {
      const table = decodeSparingTable((await read(lba, 1)) ?? Buffer.alloc(0), lba)
      expect(table?.entries.length).toBeGreaterThan(0)
      expect(table?.entries.every(isAvailable)).toBe(true)
      // Outside the partition: no block of a file can be in a spare packet.
      for (const { mapped } of table?.entries ?? [])
        expect(mapped + packetBlocks <= partition.start || mapped >= partition.start + partition.blocks).toBe(
          true,
        )
    }
  })

  test('is found by its reserve sequence, and by each of its anchors', async (context) => {
    needTools(context, mkudffs)
    const { read } = volume(type)
    const whole = await findSparablePartition(read, blocks)
    const without =
      (...missing: number[]): ReadBlocks =>
      async (lba, count) =>
        missing.some((m) => m >= lba && m < lba + count) ? undefined : read(lba, count)
    expect(await findSparablePartition(without(256), blocks)).toEqual(whole)
    expect(await findSparablePartition(without(256, blocks - 1), blocks)).toEqual(whole)
    // The main sequence begins at 96 in mkudffs' layout.
    expect(await findSparablePartition(without(96, 97, 98), blocks)).toEqual(whole)
    expect(await findSparablePartition(without(256, blocks - 1, blocks - 257), blocks)).toBeUndefined()
  })

  test('is as good as before to udfinfo with replacements entered', async (context) => {
    needTools(context, mkudffs, '/usr/bin/udfinfo')
    const { image, file, read } = volume(type)
    const before = execFileSync('udfinfo', ['--utf8', file()], { encoding: 'utf8', stdio: 'pipe' })
    const partition = await findSparablePartition(read, blocks)
    for (const lba of partition?.tables ?? []) {
      const table = decodeSparingTable((await read(lba, 1)) ?? Buffer.alloc(0), lba)
      const mapped = table?.entries[0]?.mapped ?? 0
      const entered = enterReplacements(table as SparingTable, [
        { original: packetBlocks * 2, mapped, defective: [] },
      ])
      encodeSparingTable(entered as SparingTable, lba).copy(image, lba * 2048)
      const again = decodeSparingTable((await read(lba, 1)) ?? Buffer.alloc(0), lba)
      expect(again?.sequence).toBe((table?.sequence ?? 0) + 1)
      expect(again?.entries.filter(isInUse)).toEqual([{ original: packetBlocks * 2, mapped }])
    }
    const after = execFileSync('udfinfo', ['--utf8', file()], { encoding: 'utf8', stdio: 'pipe' })
    expect(after.replace(/filename=.*/, '')).toBe(before.replace(/filename=.*/, ''))
  })
})

const table = (entries: SparingTable['entries']): SparingTable => ({
  sequence: 5,
  entries,
  bytes: Buffer.alloc(2048),
})

test('a second entry for the same packet takes the first one’s place, whose spare is defective', () => {
  const entered = enterReplacements(
    table([
      { original: 64, mapped: 1000 },
      { original: 0xffffffff, mapped: 1032 },
      { original: 0xffffffff, mapped: 1064 },
    ]),
    [{ original: 64, mapped: 1064, defective: [1000, 1032] }],
  )
  expect(entered?.entries).toEqual([
    { original: 64, mapped: 1064 },
    { original: 0xfffffff0, mapped: 1000 },
    { original: 0xfffffff0, mapped: 1032 },
  ])
})

test('a spare that stands in for another packet is refused, and one that is entered already is entered once', () => {
  const entries = [
    { original: 64, mapped: 1000 },
    { original: 0xffffffff, mapped: 1032 },
  ]
  expect(enterReplacements(table(entries), [{ original: 96, mapped: 1000, defective: [] }])).toBeUndefined()
  expect(enterReplacements(table(entries), [{ original: 96, mapped: 1064, defective: [] }])).toBeUndefined()
  expect(enterReplacements(table(entries), [{ original: 64, mapped: 1000, defective: [] }])?.entries).toEqual(
    entries,
  )
})

test('entries are in ascending order, which readers rely on to end their search early', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 20 }),
      (originals) => {
        let now: SparingTable | undefined = table(
          originals.map((_, i) => ({ original: 0xffffffff, mapped: 10_000 + i * 32 })),
        )
        for (const [i, original] of originals.entries())
          now = now && enterReplacements(now, [{ original, mapped: 10_000 + i * 32, defective: [] }])
        const recorded = now?.entries.map((e) => e.original) ?? []
        expect(recorded).toEqual([...originals].sort((a, b) => a - b))
      },
    ),
  )
})

test('what is cut off or longer than it says is no table', () => {
  const bytes = Buffer.alloc(2048)
  bytes.writeUInt16LE(3, 2)
  bytes.write('*UDF Sparing Table', 17, 'latin1')
  bytes.writeUInt16LE(2, 48)
  bytes.writeUInt16LE(56, 10)
  sealTag(bytes, 40)
  expect(decodeSparingTable(bytes, 40)?.entries).toHaveLength(2)
  expect(decodeSparingTable(bytes.subarray(0, 60), 40)).toBeUndefined()
  bytes.writeUInt16LE(0xffff, 48)
  sealTag(bytes, 40)
  expect(decodeSparingTable(bytes, 40)).toBeUndefined()
})

test('descriptors with any number in them, and true tags, end the search', async (context) => {
  needTools(context, mkudffs)
  const { read } = volume('dvdrw')
  const descriptors = [256, 96, 97, 98, 99, 100, 101]
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ lba: fc.constantFrom(...descriptors), at: fc.nat(600), value: fc.nat() }), {
        maxLength: 6,
      }),
      async (changes) => {
        const changed: ReadBlocks = async (lba, count) => {
          const data = await read(lba, count)
          for (const change of changes) {
            if (data === undefined || change.lba !== lba) continue
            data.writeUInt32LE(change.value, change.at)
            sealTag(data, lba)
          }
          return data
        }
        const found = await findSparablePartition(changed, blocks)
        expect(found?.tables.length ?? 1).toBeGreaterThan(0)
      },
    ),
  )
})

const images = '../shared/udf-images'

test.for(existsSync(images) ? readdirSync(images).filter((name) => name.endsWith('.xz')) : [])(
  '%s has no sparable partition',
  async (name) => {
    const image = execFileSync('xz', ['--decompress', '--stdout', path.join(images, name)], {
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const read: ReadBlocks = async (lba, count) => {
      const data = Buffer.alloc(count * 2048)
      image.copy(data, 0, lba * 2048)
      return data
    }
    expect(await findSparablePartition(read, Math.floor(image.length / 2048))).toBeUndefined()
  },
)
