// A disc with files on it whose packets fail one and all: another program finds every file on the spare packets afterwards.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import { findSparablePartition } from '../../src/udf/sparable-volume.ts'
import { decodeSparingTable, isInUse } from '../../src/udf/sparing-table.ts'
import { loadImage, saveImage } from '../drive/image.ts'
import { Disc } from '../drive/index.ts'
import type { DiscKind } from '../drive/kinds.ts'
import type { RawClient } from '../nbd/memory.ts'
import { needTools } from '../tools.ts'
import { makeVolume } from '../udf/volume.ts'
import { control, stage } from './harness.ts'
import { flush } from './volume.ts'

const kinds = [
  { kind: 'cd-rw', profile: 'cdrw-only', type: 'cdrw' },
  { kind: 'dvd+rw', profile: 'dvdrw', type: 'dvdrw' },
] as const satisfies { kind: DiscKind; profile: string; type: string }[]

const blocks = 8192

function directory(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-spared-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** NetBSD's UDF in user space, which knows sparing tables. `commands` are its own, in the root directory of the volume. */
function udfclient(image: string, cwd: string, commands: readonly string[], ...options: string[]): string {
  const run = (lines: readonly string[]) =>
    execFileSync('udfclient', ['-b', '2048', ...options, image], {
      ...{ cwd, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 },
      input: `${[...lines, 'quit'].join('\n')}\n`,
    })
  const name = /[^\s]+LinuxUDF:[^\s]+/.exec(run(['ls']))?.[0] ?? ''
  return run([`cd ${name}`, ...commands])
}

const files = Object.fromEntries(
  [300_000, 5, 70_000].map((size, n) => [
    `file${n}`,
    Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 7 + n * 101) & 0xff)),
  ]),
)

/** A volume with files, on a disc. */
function discWithFiles(
  context: TestContext,
  { kind, type }: (typeof kinds)[number],
): { disc: Disc; dir: string } {
  needTools(context, '/usr/sbin/mkudffs', '/usr/bin/udfclient')
  const dir = directory()
  const image = path.join(dir, 'made.img')
  writeFileSync(image, makeVolume(blocks, `--media-type=${type}`, '--udfrev=2.01'))
  for (const [name, data] of Object.entries(files)) writeFileSync(path.join(dir, name), data)
  udfclient(
    image,
    dir,
    Object.keys(files).map((name) => `put ${name}`),
    '-W',
  )
  const disc = new Disc({ kind, blocks })
  loadImage(disc, image)
  return { disc, dir }
}

/** What udfclient finds on the disc as it is, without drive and engine. */
function filesOn(disc: Disc, dir: string): Record<string, boolean> {
  const image = path.join(dir, 'read.img')
  saveImage(disc, image)
  const got = mkdtempSync(path.join(dir, 'got-'))
  udfclient(
    image,
    got,
    Object.keys(files).map((name) => `get ${name}`),
  )
  return Object.fromEntries(
    Object.entries(files).map(([name, data]) => {
      try {
        return [name, readFileSync(path.join(got, name)).equals(data)]
      } catch {
        return [name, false]
      }
    }),
  )
}

const whole = Object.fromEntries(Object.keys(files).map((name) => [name, true]))

async function writeAt(client: RawClient, lba: number, data: Buffer): Promise<void> {
  client.request(1, lba * 2048, data.length)
  client.send(data)
  expect((await client.reply()).error).toBe(0)
}

const readOf = (disc: Disc) => async (lba: number, count: number) => Buffer.from(disc.read(lba, count))

const tablesOf = async (disc: Disc) => {
  const partition = await findSparablePartition(readOf(disc), blocks)
  if (partition === undefined) throw new Error('no sparable partition')
  return { partition, copies: partition.tables.map((lba) => decodeSparingTable(disc.read(lba, 1), lba)) }
}

test.for(kinds)(
  '$kind: data, directories, bitmap: every packet of the partition that is in use fails',
  async (one, context) => {
    const { disc, dir } = discWithFiles(context, one)
    const { partition } = await tablesOf(disc)
    const { packetBlocks } = disc
    const { start, drive, log } = stage(
      { kind: one.kind, blocks },
      { profile: one.profile },
      { journalDir: directory(), boot: 'first' },
    )
    drive.swap(disc)
    const engine = await start()
    const client = await engine.attach()
    const used = disc
      .recordedPackets()
      .filter(
        (packet) =>
          packet * packetBlocks >= partition.start &&
          packet * packetBlocks < partition.start + partition.blocks,
      )
    expect(used.length).toBeGreaterThan(5)
    const garbage = Buffer.alloc(packetBlocks * 2048, 0xee)
    for (const packet of used) {
      drive.faults.failSector(packet * packetBlocks + 3, 'write')
      const data = Buffer.from(disc.read(packet * packetBlocks, packetBlocks))
      await writeAt(client, packet * packetBlocks, data)
    }
    await flush(client)
    expect(await control(engine, { do: 'flush' })).toEqual({ ok: true })
    expect(engine.session.status().losses).toBeUndefined()
    expect((await engine.session.stop('end')).exitCode).toBe(0)
    // Whoever reads a packet in its own place gets something else.
    for (const packet of used) disc.writePacket(packet, garbage)
    const { copies } = await tablesOf(disc)
    for (const copy of copies) expect(copy?.entries.filter(isInUse)).toHaveLength(used.length)
    expect(filesOn(disc, dir)).toEqual(whole)
    expect(log.join('\n')).toContain('entered into the sparing table')
  },
)

test('the table’s first copy fails for good, and can still be read: the engine makes up for it', async (context) => {
  const one = kinds[1]
  const { disc } = discWithFiles(context, one)
  const { partition } = await tablesOf(disc)
  const { packetBlocks } = disc
  const [first = 0] = partition.tables
  const bad = Math.ceil((partition.start + 64) / packetBlocks)
  const journalDir = directory()
  const before = Buffer.from(disc.read(bad * packetBlocks, packetBlocks))
  const begin = () => {
    const staged = stage({ kind: one.kind, blocks }, { profile: one.profile }, { journalDir, boot: 'first' })
    staged.drive.swap(disc)
    staged.drive.faults.failSector(first, 'write')
    staged.drive.faults.failSector(bad * packetBlocks, 'write')
    return staged
  }
  const engine = await begin().start()
  const client = await engine.attach()
  await writeAt(client, bad * packetBlocks, before)
  await engine.session.stop('end')
  const { copies } = await tablesOf(disc)
  expect(copies.map((copy) => copy?.entries.filter(isInUse).length)).toEqual([0, 1])

  disc.writePacket(bad, Buffer.alloc(packetBlocks * 2048, 0xee))
  const next = await begin().start()
  const reader = await next.attach()
  reader.request(0, bad * packetBlocks * 2048, before.length)
  expect((await reader.reply()).error).toBe(0)
  expect((await reader.take(before.length)).equals(before)).toBe(true)
  await next.session.stop('end')
})
