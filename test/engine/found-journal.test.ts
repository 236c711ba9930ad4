// A journal that must not be missed and must not be believed: disks and drives that fail while it is looked for, discs that
// another program wrote to, journals that cannot be removed.
import { describe, expect, test } from 'vitest'
import { JournalFiles } from '../../src/engine/journal-files.ts'
import { parseJournalState } from '../../src/engine/journal-state.ts'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import { Journal } from '../../src/packet/journal.ts'
import { readJournal } from '../../src/packet/recovery.ts'
import { Disc, type Drive } from '../drive/index.ts'
import { seeded } from '../drive/seeded.ts'
import { type Engine, stage } from './harness.ts'
import { type DiskCall, type DiskFault, ModelDisk } from './model-disk.ts'
import { flush, packetBytes, tryFlush, volume, write } from './volume.ts'

const dir = '/var/lib/pktw/journal'
const options = { kind: 'dvd+rw', blocks: 1600 } as const
/** Does not wait in earnest. */
const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) }

type Host = { disk: ModelDisk; disc: Disc; drive: Drive }

/** An engine in its own process, as it were: it shares the drive with the one before, which has died, and has the disk as that left it. */
async function start(host: Host, more: Partial<SessionOptions> = {}): Promise<Engine> {
  const common = { journalDir: dir, journalDisk: host.disk, boot: 'first', watchMs: 1_000_000 }
  return stage(options, {}, { ...common, transport: host.drive.transport(), ...more }).start()
}

/** A drive with a disc in it, and an engine. */
async function serve(disc: Disc = volume(new Disc(options), 1), disk = new ModelDisk()) {
  const staged = stage(options, {}, { journalDir: dir, journalDisk: disk, boot: 'first' })
  staged.drive.swap(disc)
  const engine = await staged.start()
  const client = await engine.attach()
  return { engine, client, host: { disk, disc, drive: staged.drive } }
}

/** As `kill -9` of the engine leaves everything. */
const killed = ({ disk, ...host }: Host): Host => ({ ...host, disk: disk.copy() })

/** v1 in packet 20, as fsync left it in the journal; then the engine dies. */
async function withJournal(): Promise<Host> {
  const { client, host } = await serve()
  await write(client, 20, 0xaa)
  await flush(client)
  return killed(host)
}

const packet20 = ({ disc }: Host): number => disc.read(20 * 16, 1)[0] ?? 0
const names = ({ disk }: Host): string[] => disk.names(dir)
const refused = (code: string) => expect.objectContaining({ diagnostic: expect.objectContaining({ code }) })
/** Another boot, in which the disc comes back. */
const later = { boot: 'second', diskseq: () => '3' }

describe('a journal that is lost and cannot be removed', () => {
  test.each<[string, DiskFault[]]>([
    [
      'the file system became read-only',
      [{ error: 'EROFS', calls: ['append', 'create', 'unlink', 'synchronizeDirectory'] }],
    ],
    [
      'its removal does not become durable',
      [
        { error: 'ENOSPC', calls: ['append'] },
        { error: 'EIO', calls: ['synchronizeDirectory'] },
      ],
    ],
  ])('%s: no flush is answered until it has gone for good', async (_, faults) => {
    const { engine, client, host } = await serve()
    await write(client, 20, 0xaa)
    await flush(client)
    for (const fault of faults) host.disk.fail(fault)
    await write(client, 20, 0xbb)
    expect(await tryFlush(client)).toBe(5)
    expect(packet20(host)).toBe(0xbb)
    expect(await tryFlush(client)).toBe(5)
    expect(engine.log.join('\n')).toMatch(
      /everything is on the disc, but the journal that was lost cannot be removed \(E/,
    )
    host.disk.heal()
    await flush(client)
    const after = killed(host)
    after.disk.cutPower(() => 0.9)
    await start(after, later)
    expect(packet20(after)).toBe(0xbb)
    expect(names(after)).toEqual([])
  })

  test('everything goes to the disc, and the journal away, at once and not at the next flush', async () => {
    const { client, host } = await serve()
    await write(client, 20, 0xaa)
    host.disk.fail({ error: 'ENOSPC', calls: ['append'] })
    await write(client, 21, 0xbb)
    await expect.poll(() => [...host.disk.files(dir).keys()]).toEqual([])
    expect(packet20(host)).toBe(0xaa)
    expect(host.disc.read(21 * 16, 1)[0]).toBe(0xbb)
  })

  test('a file system that is read-only from the start: a flush is on the disc', async () => {
    const disk = new ModelDisk([dir])
    disk.readOnly()
    const { client, host } = await serve(volume(new Disc(options), 1), disk)
    await write(client, 20, 0xaa)
    await flush(client)
    expect(packet20(host)).toBe(0xaa)
  })
})

describe('a disk that fails while the journal is looked for', () => {
  const calls: DiskCall[] = ['readdir', 'open', 'datasync', 'read', 'synchronizeDirectory']
  test.each(
    calls.flatMap((call) =>
      (['EIO', 'EMFILE', 'ENOMEM', 'EACCES'] as const).map((error) => [call, error] as const),
    ),
  )(
    '%s gives %s: the disc is not served without it, and is served when the disk is well again',
    async (call, error) => {
      const host = await withJournal()
      host.disk.fail({ error, calls: [call] })
      await expect(start(host, { clock })).rejects.toEqual(refused('engine.journal-unreadable'))
      expect(packet20(host)).toBe(0)
      host.disk.heal()
      const engine = await start(host)
      expect(engine.log.join('\n')).toContain('1 packets are taken over')
      await engine.session.stop('test')
      expect(packet20(host)).toBe(0xaa)
    },
  )

  test.each(calls)('%s fails once: it is asked again', async (call) => {
    const host = await withJournal()
    host.disk.fail({ error: 'EIO', calls: [call], path: /journal/, times: 1 })
    const engine = await start(host, { clock })
    expect(engine.log.join('\n')).toContain('1 packets are taken over')
  })

  test('a journal that has to be set aside and cannot be: the disc is not served beside it', async () => {
    const host = await withJournal()
    host.disc.put(64, Buffer.alloc(2048, 2))
    host.disk.fail({ error: 'EROFS', calls: ['rename'] })
    await expect(start(host, later)).rejects.toEqual(refused('engine.journal-stays'))
    host.disk.heal()
    await start(host, later)
    expect(names(host)).toEqual([expect.stringMatching(/^kept-/)])
  })
})

test('the journal from before the setting changed cannot be read: the disc is not served without it either', async () => {
  const host = await withJournal()
  host.disk.fail({ error: 'EIO', calls: ['open'] })
  const journal = { journalDir: '/var/lib/pktw/another', formerJournalDir: dir }
  await expect(start(host, { ...journal, clock })).rejects.toEqual(refused('engine.journal-unreadable'))
  host.disk.heal()
  await start(host, journal)
  expect(packet20(host)).toBe(0xaa)
})

describe('blocks that cannot be read say nothing about whose disc it is', () => {
  const witnesses = [0, 16, 32, 33, 64, 256, 257]
  test.each(witnesses)('block %i cannot be read: the others decide', async (lba) => {
    const host = await withJournal()
    host.drive.faults.failSector(lba, 'read')
    await start(host, { ...later, clock })
    expect(packet20(host)).toBe(0xaa)
  })

  test('all of the descriptors cannot be read for a moment: asked again', async () => {
    const host = await withJournal()
    for (const lba of [256, 32, 33]) host.drive.faults.failSector(lba, 'read', '3/11/00', 8)
    await start(host, { ...later, clock })
    expect(packet20(host)).toBe(0xaa)
  })

  test('nor for good: the disc is refused, nothing is written, and the journal waits', async () => {
    const host = await withJournal()
    for (const lba of [256, 32, 33]) host.drive.faults.failSector(lba, 'read')
    const before = names(host)
    await expect(start(host, { ...later, clock })).rejects.toEqual(refused('engine.disc-unknown'))
    expect(host.disc.writes.size).toBe(0)
    expect(names(host)).toEqual(before)
    host.drive.faults.clear()
    await start(host, later)
    expect(packet20(host)).toBe(0xaa)
  })
})

/** A second journal of the same disc, with other data for packet 20, and a name that sorts before or after. */
async function addJournal(
  { disk }: Host,
  name: string,
  generation: number | undefined,
  fill: number,
): Promise<void> {
  const [first = ''] = disk.names(dir)
  const { state } = readJournal(await new JournalFiles(disk, `${dir}/${first}`).readAll())
  const told = {
    ...parseJournalState(state),
    generation,
    ...(generation === undefined ? { format: 1 as const } : {}),
  }
  const journal = new Journal(new JournalFiles(disk, `${dir}/${name}`), { state: () => told })
  await journal.append(20 * 16, [Buffer.alloc(packetBytes, fill)]).done
  await journal.synchronize()
}

describe('two journals of one disc', () => {
  test.each(['00-first', 'zz-last'])(
    'the one begun later is used, the other set aside and named: %s',
    async (name) => {
      const host = await withJournal()
      const [older = ''] = names(host)
      await addJournal(host, name, 9, 0xbb)
      const engine = await start(host, later)
      await engine.session.stop('test')
      expect(packet20(host)).toBe(0xbb)
      expect(names(host)).toEqual([`kept-${older}`])
      expect(engine.log.join('\n')).toMatch(
        new RegExp(`kept-${older} .*the journal ${name} of the same disc is newer`),
      )
    },
  )

  test.each(['00-first', 'zz-last'])(
    'left by an earlier version, which did not say: %s is older',
    async (name) => {
      const host = await withJournal()
      await addJournal(host, name, undefined, 0xbb)
      await (await start(host, later)).session.stop('test')
      expect(packet20(host)).toBe(0xaa)
      expect(names(host)).toEqual([`kept-${name}`])
    },
  )

  test('both by an earlier version: neither is written, both are kept', async () => {
    const host = await withJournal()
    const [first = ''] = names(host)
    await addJournal(host, '00', undefined, 0xbb)
    await addJournal(host, 'zz', undefined, 0xcc)
    await host.disk.rename(`${dir}/${first}`, `${dir}/kept-away`)
    const engine = await start(host, later)
    expect(packet20(host)).toBe(0)
    expect(names(host)).toEqual(['kept-00', 'kept-away', 'kept-zz'])
    expect(engine.log.join('\n')).toContain('neither says which is newer')
  })
})

test('a journal of an earlier version is written to its disc', async () => {
  const host = await withJournal()
  const [own = ''] = names(host)
  await addJournal(host, 'of-format-1', undefined, 0xbb)
  await host.disk.rename(`${dir}/${own}`, `${dir}/kept-away`)
  await start(host, later)
  expect(packet20(host)).toBe(0xbb)
})

test('a journal of the same kind and size that is left alone is named', async () => {
  const host = await withJournal()
  const [name = ''] = names(host)
  host.drive.swap(volume(new Disc(options), 2))
  const engine = await start(host, later)
  expect(engine.log.join('\n')).toContain(`${dir}/${name} is for another disc of this kind and size`)
  expect(names(host)).toEqual([name])
})

describe('the engine died, and the disc stayed in the drive', () => {
  test.each<[string, (disc: Disc) => Disc, RegExp]>([
    ['changed the volume', (disc) => disc.put(64, Buffer.alloc(2048, 2)) ?? disc, /written elsewhere/],
    ['made another volume', (disc) => volume(disc, 2), /written anew/],
  ])('another program %s: the journal is not used', async (_, change, why) => {
    const host = await withJournal()
    change(host.disc)
    const engine = await start(host)
    expect(engine.log.join('\n')).toMatch(why)
    await engine.session.stop('test')
    expect(packet20(host)).toBe(0)
    expect(names(host)).toEqual([expect.stringMatching(/^kept-/)])
  })

  test('the packet device stayed attached, so nobody can have written: nothing is compared', async () => {
    const host = await withJournal()
    for (const lba of [256, 32, 33, 64]) host.drive.faults.failSector(lba, 'read')
    const engine = await start(host, { attached: true })
    expect(engine.log.join('\n')).toContain('1 packets are taken over')
  })
})

describe('a disc that nothing tells from others', () => {
  test('a flush is on the disc, until the disc can be told from others', async () => {
    const { engine, client, host } = await serve(new Disc(options))
    expect(engine.session.status().flush).toBe('medium')
    await write(client, 20, 0xaa)
    await flush(client)
    expect(packet20(host)).toBe(0xaa)
    // A file system, with a name.
    await write(client, 2, 0x55)
    await flush(client)
    expect(engine.session.status().flush).toBe('journal')
    await write(client, 20, 0xbb)
    await flush(client)
    expect(packet20(host)).toBe(0xaa)
    const after = killed(host)
    after.disk.cutPower(() => 0.9)
    await start(after, later)
    expect(packet20(after)).toBe(0xbb)
  })

  test('what no flush was answered for goes with the power, and its journal too', async () => {
    const { client, host } = await serve(new Disc(options))
    await write(client, 20, 0xaa)
    const after = killed(host)
    const engine = await start(after, later)
    expect(packet20(after)).toBe(0)
    expect(names(after)).toEqual([])
    expect(engine.log.join('\n')).toContain('a journal of a disc without a file system is removed')
  })

  test('the engine dies: the next one knows everything', async () => {
    const { client, host } = await serve(new Disc(options))
    await write(client, 20, 0xaa)
    const after = killed(host)
    const engine = await start(after, { attached: true })
    await engine.session.stop('test')
    expect(packet20(after)).toBe(0xaa)
  })

  test('the engine dies and the packet device goes: DISKSEQ alone does not say that it is still that disc, and the journal is kept', async () => {
    const { client, host } = await serve(new Disc(options))
    await write(client, 20, 0xaa)
    const after = killed(host)
    const engine = await start(after)
    await engine.session.stop('test')
    expect(packet20(after)).toBe(0)
    expect(engine.log.join('\n')).toContain('nothing on its disc told that disc from others')
  })
})

test('taken over, flushed, and then the power goes, 50 times: the journal is there', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const { client, host } = await serve()
    await write(client, 20, 0xaa)
    // The engine dies before anything of it is synchronised.
    const second = killed(host)
    const engine = await start(second)
    await flush(await engine.attach())
    const third = killed(second)
    third.disk.cutPower(seeded(seed))
    await start(third, later)
    expect(packet20(third), `seed ${seed}`).toBe(0xaa)
  }
})

test('a journal that could not be removed, found later: packets that the disc has newer stay, and the journal has them aside', async () => {
  const { client, host } = await serve()
  // As a file system changes a block: it has read it before.
  client.request(0, 20 * packetBytes, packetBytes)
  expect((await client.reply()).error).toBe(0)
  await client.take(packetBytes)
  await write(client, 20, 0xaa)
  await write(client, 21, 0xaa)
  await flush(client)
  const writable = host.disk.readOnly()
  await write(client, 20, 0xbb)
  expect(await tryFlush(client)).toBe(5)
  expect(packet20(host)).toBe(0xbb)
  writable()
  const after = killed(host)
  const engine = await start(after, later)
  expect(packet20(after)).toBe(0xbb)
  expect(engine.log.join('\n')).toMatch(/1 packets of the journal are not written but kept in .*kept-/)
  const [kept = ''] = names(after).filter((name) => name.startsWith('kept-'))
  const { blocks } = readJournal(await new JournalFiles(after.disk, `${dir}/${kept}`).readAll())
  expect(blocks.map(({ lba, data }) => [lba, data[0]])).toEqual([[20 * 16, 0xaa]])
})
