// What becomes of writes that had not reached the disc: after the engine's death, a power cut, a pulled plug.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { Disc, type Drive } from '../drive/index.ts'
import { control, type Engine, stage } from './harness.ts'
import { flush, packetBytes, volume, write } from './volume.ts'

const options = { kind: 'dvd+rw', blocks: 1600 } as const

function directory(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-journal-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const journals = (dir: string) => readdirSync(dir)

/** A session with a journal; `seq` and `boot` are the medium's and the machine's. */
const begin = (
  dir: string,
  more: Partial<SessionOptions> = {},
  disc: Disc = volume(new Disc(options), 1),
) => {
  const staged = stage(options, {}, { journalDir: dir, boot: 'first', ...more })
  staged.drive.swap(disc)
  return { ...staged, disc }
}

/** Another engine for the same drive, as after `kill -9` of the first, which must not notice. */
async function follow(before: { drive: Drive; disc: Disc }, dir: string, more: Partial<SessionOptions> = {}) {
  const copy = directory()
  cpSync(dir, copy, { recursive: true })
  const next = stage(
    options,
    {},
    { journalDir: copy, boot: 'first', transport: before.drive.transport(), ...more },
  )
  return { ...(await next.start()), journalDir: copy }
}

test('flush is durable in the journal; the disc gets it at the end, and nothing is left behind', async () => {
  const dir = directory()
  const { start, disc } = begin(dir)
  const engine = await start()
  const client = await engine.attach()
  await write(client, 20, 0xaa)
  await flush(client)
  expect(engine.session.status()).toMatchObject({
    flush: 'journal',
    stats: { packetsWritten: 0, waiting: 1 },
  })
  expect(engine.session.status().journalBytes).toBeGreaterThan(packetBytes)
  expect(disc.read(20 * 16, 1)[0]).toBe(0)
  await engine.session.stop('test')
  expect(disc.read(20 * 16, 1)[0]).toBe(0xaa)
  expect(journals(dir)).toEqual([])
})

// `false` keeps the journal in memory, in /run/pktw/journal: for the engine's death it is the same.
test.each([
  [true, 'journal'],
  [false, 'medium'],
])(
  'the engine dies (write.journal %s): the next one knows everything, and writes it when asked',
  async (journal, durability) => {
    const dir = directory()
    const settings = { write: { ...defaults.write, journal } }
    const { start, drive, disc } = begin(dir, settings)
    const engine = await start()
    expect(engine.session.status().flush).toBe(durability)
    await write(await engine.attach(), 20, 0xaa)
    const next = await follow({ drive, disc }, dir, settings)
    expect(next.log.join('\n')).toContain('1 packets are taken over from it')
    const client = await next.attach()
    client.request(0, 20 * packetBytes, 2048)
    expect((await client.reply()).error).toBe(0)
    expect((await client.take(2048))[0]).toBe(0xaa)
    expect(disc.read(20 * 16, 1)[0]).toBe(0)
    await next.session.stop('test')
    expect(disc.read(20 * 16, 15 + 1).every((byte) => byte === 0xaa)).toBe(true)
    expect(journals(next.journalDir)).toEqual([])
  },
)

test.each([true, false])(
  'write.journal became %s while something was in the other place: written at the start, and gone from there',
  async (journal) => {
    const [before, now] = [directory(), directory()]
    const { start, drive, disc } = begin(before, { write: { ...defaults.write, journal: !journal } })
    await write(await (await start()).attach(), 20, 0xaa)
    const copy = directory()
    cpSync(before, copy, { recursive: true })
    const settings = { write: { ...defaults.write, journal }, formerJournalDir: copy, journalDir: now }
    const next = stage(options, {}, { ...settings, boot: 'first', transport: drive.transport() })
    const engine = await next.start()
    expect(disc.read(20 * 16, 1)[0]).toBe(0xaa)
    expect(engine.log.join('\n')).toContain('from before the setting write.journal changed')
    expect(journals(copy)).toEqual([])
    await write(await engine.attach(), 21, 0xbb)
    await engine.session.stop('test')
    expect(disc.read(21 * 16, 1)[0]).toBe(0xbb)
    expect([...journals(copy), ...journals(now)]).toEqual([])
  },
)

test('what is in the former place stays there when the drive does not take it', async () => {
  const before = directory()
  const { start, drive, disc } = begin(before)
  await write(await (await start()).attach(), 20, 0xaa)
  const copy = directory()
  cpSync(before, copy, { recursive: true })
  drive.faults.failCommand(0x2a, '4/3E/00', 100)
  const settings = { write: { ...defaults.write, journal: false }, formerJournalDir: copy }
  const next = stage(options, {}, { ...settings, boot: 'first', transport: drive.transport() })
  await expect(next.start()).rejects.toThrow()
  expect(disc.read(20 * 16, 1)[0]).toBe(0)
  expect(journals(copy)).toHaveLength(1)
})

test('the disc comes back: it is written before anybody can mount it', async () => {
  const dir = directory()
  const { start, drive, disc } = begin(dir)
  await write(await (await start()).attach(), 20, 0xaa)
  const next = await follow({ drive, disc }, dir, { boot: 'second', diskseq: () => '3' })
  expect(disc.read(20 * 16, 1)[0]).toBe(0xaa)
  expect(next.log.join('\n')).toContain('1 packets that had not reached this disc')
  expect(next.session.status()).toMatchObject({ journalBytes: 0, stats: { dirty: 0 } })
  await next.session.stop('test')
  expect(journals(next.journalDir)).toEqual([])
})

test('pulled out while something waits: kept, and written at its return', async () => {
  const dir = directory()
  const { start, disc, kernel } = begin(dir)
  const engine = await start()
  await write(await engine.attach(), 20, 0xbb)
  kernel.diskseq = undefined
  await expect(engine.session.ended).resolves.toMatchObject({ exitCode: 0 })
  expect(engine.log.join('\n')).toContain('they are kept in')
  expect(disc.read(20 * 16, 1)[0]).toBe(0)
  const back = begin(dir, { diskseq: () => '9' }, disc)
  const again = await back.start()
  expect(disc.read(20 * 16, 1)[0]).toBe(0xbb)
  await again.session.stop('test')
  expect(journals(dir)).toEqual([])
})

test('a packet that the power cut tore is whole again, its old blocks too', async () => {
  const dir = directory()
  const { start, drive, disc } = begin(dir)
  const old = Buffer.alloc(packetBytes, 0x11)
  for (let i = 0; i < 16; i++) disc.put(320 + i, old.subarray(i * 2048, (i + 1) * 2048))
  const engine = await start()
  const client = await engine.attach()
  client.request(1, 20 * packetBytes + 4096, 2048)
  client.send(Buffer.alloc(2048, 0xcc))
  await client.reply()
  drive.faults.cutPower({ packets: 1, newBlocks: 2, unreadableBlocks: 5 })
  await engine.session.stop('the power goes').catch(() => undefined)
  expect(disc.unreadable.size).toBe(5)
  drive.faults.clear()
  await begin(dir, { boot: 'second' }, disc).start()
  expect(disc.unreadable.size).toBe(0)
  Buffer.alloc(2048, 0xcc).copy(old, 4096)
  expect(disc.read(320, 16).equals(old)).toBe(true)
})

test('written elsewhere since: not touched, kept aside and said', async () => {
  const dir = directory()
  const first = begin(dir)
  const engine = await first.start()
  await write(await engine.attach(), 20, 0xaa)
  first.kernel.diskseq = undefined
  await engine.session.ended
  const opened = Buffer.alloc(2048, 2)
  opened.writeUInt16LE(9, 0)
  first.disc.put(64, opened)
  const back = await begin(dir, { diskseq: () => '9' }, first.disc).start()
  expect(first.disc.read(320, 1)[0]).toBe(0)
  expect(back.log.join('\n')).toMatch(/kept in .*kept-.* the disc was written elsewhere/)
  expect(journals(dir)).toEqual([expect.stringMatching(/^kept-/)])
})

test('the power goes after a witness was written and before that was synchronised: still the same disc', async () => {
  const dir = directory()
  const { start, drive, disc } = begin(dir)
  const client = await (await start()).attach()
  // The integrity descriptor, as the kernel opens it at a mount, and a file.
  await write(client, 4, 0xaa)
  await write(client, 20, 0xbb)
  disc.put(64, Buffer.alloc(2048, 0xaa))
  const next = await follow({ drive, disc }, dir, { boot: 'second' })
  expect(next.log.join('\n')).not.toContain('kept in')
  expect(disc.read(320, 1)[0]).toBe(0xbb)
})

test('another disc of the same kind and size: not touched, and the journal waits for its own', async () => {
  const dir = directory()
  const first = begin(dir)
  const engine = await first.start()
  await write(await engine.attach(), 20, 0xaa)
  first.kernel.diskseq = undefined
  await engine.session.ended
  const kept = journals(dir)
  const other = volume(new Disc(options), 2)
  const session = await begin(dir, { diskseq: () => '9' }, other).start()
  expect([...other.writes.keys()]).not.toContain(20)
  await session.session.stop('test')
  expect(journals(dir)).toEqual(kept)
  await begin(dir, { diskseq: () => '10' }, first.disc).start()
  expect(first.disc.read(320, 1)[0]).toBe(0xaa)
})

test('a journal that cannot be read is kept aside and said', async () => {
  const dir = directory()
  const { start, drive, disc } = begin(dir)
  await write(await (await start()).attach(), 20, 0xaa)
  const copy = directory()
  cpSync(dir, copy, { recursive: true })
  const [name = ''] = journals(copy)
  writeFileSync(path.join(copy, name, '00000001.journal'), Buffer.alloc(9000, 0x55))
  const next = await stage(
    options,
    {},
    {
      journalDir: copy,
      boot: 'first',
      transport: drive.transport(),
    },
  ).start()
  expect(disc.read(320, 1)[0]).toBe(0)
  expect(next.log.join('\n')).toMatch(/error: sr0: .*cannot be read/)
  expect(journals(copy)).toContain(`kept-${name}`)
})

test('where no journal can be kept, a flush is on the disc', async () => {
  const dir = directory()
  writeFileSync(path.join(dir, 'journal'), '')
  const { start, disc } = begin(path.join(dir, 'journal'))
  const engine = await start()
  expect(engine.log.join('\n')).toContain('no journal can be kept')
  const client = await engine.attach()
  await write(client, 20, 0xaa)
  await flush(client)
  expect(engine.session.status().flush).toBe('medium')
  expect(disc.read(320, 1)[0]).toBe(0xaa)
})

test('a disk that is full in the middle: said once, and every flush is on the disc from then on', async () => {
  const dir = directory()
  const { start, disc } = begin(dir)
  const engine: Engine = await start()
  const client = await engine.attach()
  await write(client, 20, 0xaa)
  // The next file cannot be made: its directory is gone, and a file is in its place.
  const [name = ''] = journals(dir)
  rmSync(path.join(dir, name), { recursive: true })
  writeFileSync(path.join(dir, name), '')
  for (let packet = 0; packet < 45; packet++)
    for (let i = 0; i < 4; i++) await write(client, 25 + packet, i + 1)
  await flush(client)
  expect(engine.log.filter((line) => line.includes('the journal is lost'))).toHaveLength(1)
  expect(engine.session.status().journalLost).toEqual(expect.any(String))
  expect(disc.read(320, 1)[0]).toBe(0xaa)
  expect(disc.read(69 * 16, 1)[0]).toBe(4)
})

test('some time after the last write everything is on the disc', async () => {
  const dir = directory()
  const write1 = { ...defaults.write, after: 0.05 }
  const { start, disc } = begin(dir, { write: write1 })
  const engine = await start()
  await write(await engine.attach(), 20, 0xaa)
  await expect.poll(() => disc.read(320, 1)[0]).toBe(0xaa)
  await expect.poll(() => engine.session.status().stats.dirty).toBe(0)
  expect(engine.session.status()).toMatchObject({ journalBytes: 0, stats: { packetsWritten: 1 } })
})

test('the disc has a record: how often each packet was written in all, and what is bad', async () => {
  const dir = directory()
  const recordDir = path.join(directory(), 'discs')
  const first = begin(dir, { recordDir })
  const engine = await first.start()
  const client = await engine.attach()
  for (let n = 0; n < 3; n++) {
    await write(client, 20, n)
    await control(engine, { do: 'flush' })
  }
  await write(client, 21, 1)
  first.disc.unreadable.add(1000)
  client.request(0, 1000 * 2048, 2048)
  expect((await client.reply()).error).toBe(5)
  await engine.session.stop('test')
  const again = await begin(dir, { recordDir }, first.disc).start()
  await write(await again.attach(), 20, 9)
  await control(again, { do: 'flush' })
  expect(again.session.status()).toMatchObject({
    stats: { packetsWritten: 1 },
    wear: { packetsWritten: 5, hottest: { packet: 20, writes: 4 } },
    badBlocks: 1,
  })
  const other = await begin(dir, { recordDir }, volume(new Disc(options), 2)).start()
  expect(other.session.status()).toMatchObject({ wear: { packetsWritten: 0 }, badBlocks: 0 })
})

test('what a disc lost is on its record at once: whoever comes later is told', async () => {
  const dir = directory()
  const recordDir = path.join(directory(), 'discs')
  const first = begin(dir, { recordDir })
  const engine = await first.start()
  const client = await engine.attach()
  await write(client, 20, 0xaa)
  first.drive.faults.failCommand(0x2a, '3/0C/00', 1000)
  expect(await control(engine, { do: 'flush' })).toMatchObject({ ok: false })
  first.drive.faults.clear()
  const { losses = [] } = engine.session.status()
  expect(losses).toMatchObject([{ lba: 320, blocks: 16, at: expect.any(Number), why: expect.any(String) }])
  // The engine goes on: what it has written down is what another one would find.
  const record = (): string => {
    const [name] = readdirSync(recordDir, { withFileTypes: true }).filter((f) => f.name.endsWith('.json'))
    return name === undefined ? '' : readFileSync(path.join(recordDir, name.name), 'utf8')
  }
  const recorded = () => (existsSync(recordDir) ? record() : '')
  await expect.poll(recorded, { timeout: 10_000 }).toContain('"losses"')
  await engine.session.stop('test')
  const again = await begin(dir, { recordDir }, first.disc).start()
  expect(again.session.status().losses).toEqual(losses)
  const other = await begin(dir, { recordDir }, volume(new Disc(options), 2)).start()
  expect(other.session.status().losses).toBeUndefined()
})

test('two drives, one directory: the journal of a disc in another drive is left alone, whatever is in ours', async () => {
  const dir = directory()
  const first = begin(dir)
  const engine = await first.start()
  await write(await engine.attach(), 20, 0xaa)
  const before = journals(dir)
  // A copy of that disc, byte by byte, in a second drive: no witness tells them apart.
  const copy = volume(new Disc(options), 1)
  const second = begin(dir, { drive: 'sr1', diskseq: () => '8', diskseqOf: () => '7' }, copy)
  const other = await second.start()
  expect(copy.read(320, 1)[0]).toBe(0)
  await other.session.stop('test')
  expect(journals(dir)).toEqual(before)
})

test('two drives, one directory: an engine that has nothing to keep at the moment keeps its directory', async () => {
  const dir = directory()
  const first = begin(dir)
  const engine = await first.start()
  const client = await engine.attach()
  await write(client, 20, 0xaa)
  await control(engine, { do: 'flush' })
  const other = begin(dir, { drive: 'sr1', diskseq: () => '8' }, volume(new Disc(options), 2))
  await other.start()
  await write(client, 21, 0xbb)
  await flush(client)
  expect(engine.log.join('\n')).not.toContain('the journal is lost')
  expect(first.disc.read(21 * 16, 1)[0]).toBe(0)
})

test('what is no journal, and one whose file goes while it is read, keep no other from being used', async () => {
  const dir = directory()
  writeFileSync(path.join(dir, '0-no-directory'), '')
  // readdir finds the name, open(2) does not find the file: another engine has removed it meanwhile.
  mkdirSync(path.join(dir, '1-in-use'))
  symlinkSync('gone', path.join(dir, '1-in-use', '00000001.journal'))
  const { start } = begin(dir)
  const engine = await start()
  expect(engine.log.join('\n')).not.toContain('no journal can be kept')
  await write(await engine.attach(), 20, 0xaa)
  expect(engine.session.status().journalBytes).toBeGreaterThan(packetBytes)
})

test('a blank disc is like any other: what was on its way to one does not go to the next', async () => {
  const dir = directory()
  const first = begin(dir, {}, new Disc(options))
  const engine = await first.start()
  await write(await engine.attach(), 20, 0xaa)
  first.kernel.diskseq = undefined
  await engine.session.ended
  const other = new Disc(options)
  const next = await begin(dir, { diskseq: () => '9' }, other).start()
  expect(next.log.join('\n')).not.toContain('written now')
  await next.session.stop('test')
  expect(other.writes.size).toBe(0)
})

test('stopped with something left, then written by somebody else in the same drive: not overwritten', async () => {
  const dir = directory()
  const first = begin(dir)
  const engine = await first.start()
  await write(await engine.attach(), 20, 0xaa)
  first.drive.faults.failCommand(0x2a, '4/3E/00', 100)
  expect((await engine.session.stop('test')).exitCode).toBe(1)
  first.drive.faults.clear()
  const opened = Buffer.alloc(2048, 2)
  opened.writeUInt16LE(9, 0)
  first.disc.put(64, opened)
  // The same boot, the same DISKSEQ.
  const again = await begin(dir, {}, first.disc).start()
  expect(again.log.join('\n')).toMatch(/kept in .*kept-.* the disc was written elsewhere/)
  expect(first.disc.read(320, 1)[0]).toBe(0)
})
