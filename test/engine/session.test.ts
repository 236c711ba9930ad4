// The engine with the emulated drive: five media, what is durable when, how it is asked and stopped.
import { existsSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Disc, loadProfile } from '../drive/index.ts'
import { pattern } from '../packet/model.ts'
import { ask, control, media, stage, writesOf } from './harness.ts'

const KiB = 1024
const smallCache = { ...loadProfile('supermulti'), bufferKiB: 256 }

describe.each(media)('$disc.kind in $profile', ({ profile, disc: options }) => {
  test('whole packets only; what was flushed outlasts a power cut; reads see it', async () => {
    const engine = await stage(options, { profile, logLength: 10_000 }).start()
    const { drive, disc, session } = engine
    const client = await engine.attach()
    const expected = Buffer.alloc(options.blocks * 2048)
    const write = async (block: number, blocks: number, fua: boolean, seed: number) => {
      const data = pattern(blocks, seed)
      data.copy(expected, block * 2048)
      client.request(1, block * 2048, data.length, fua ? 1 : 0)
      client.send(data)
      expect((await client.reply()).error).toBe(0)
    }
    await write(257, 3, false, 1)
    await write(1024, 300, false, 2)
    await write(1030, 1, false, 3)
    await write(4095, 1, false, 4)
    client.request(3, 0, 0)
    expect((await client.reply()).error).toBe(0)
    await write(40, 70, true, 5)

    client.request(0, 0, expected.length)
    expect((await client.reply()).error).toBe(0)
    expect((await client.take(expected.length)).equals(expected)).toBe(true)

    const { packetBlocks } = session.status()
    expect(packetBlocks).toBe(disc.packetBlocks)
    const writes = writesOf(drive)
    expect(writes.length).toBeGreaterThan(10)
    expect(writes.filter((w) => w.lba % packetBlocks !== 0 || w.blocks % packetBlocks !== 0)).toEqual([])

    drive.powerLoss()
    engine.kernel.diskseq = undefined
    for (const block of [257, 1024, 1030, 4095, 40]) {
      expect(disc.read(block, 1).equals(expected.subarray(block * 2048, (block + 1) * 2048))).toBe(true)
    }
    // The drive is gone: the engine ends by itself, and says that nothing is lost.
    await expect(session.ended).resolves.toMatchObject({ exitCode: 0 })
    expect(engine.log.filter((l) => l.startsWith('error'))).toEqual([])
  })

  test('the door is locked, and stays so: the button is an event for udev', async () => {
    const engine = await stage(options, { profile }).start()
    expect(engine.drive.pressEject()).toBe('requested')
    await engine.session.stop('test')
    expect(engine.drive.pressEject()).toBe('requested')
  })
})

describe('asked and told', () => {
  test('control.sock and status.sock', async () => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 1600 }).start()
    const expected = {
      drive: 'sr0',
      state: 'serving',
      medium: 'dvd+rw',
      packetBlocks: 16,
      blocks: 1600,
      diskseq: '7',
    }
    expect(await control(engine, { ask: 'status' })).toMatchObject({
      ok: true,
      status: { ...expected, attached: false },
    })
    const client = await engine.attach()
    client.request(1, 0, 32 * KiB)
    client.send(Buffer.alloc(32 * KiB, 1))
    await client.reply()
    const status = JSON.parse(await ask(`${engine.dir}/status.sock`))
    expect(status).toMatchObject({
      ...expected,
      attached: true,
      flush: 'medium',
      stats: { packetsWritten: 0, waiting: 1 },
    })
    expect(await control(engine, { do: 'flush' })).toEqual({ ok: true })
    expect(engine.session.status().stats.dirty).toBe(0)
    expect(engine.drive.counters.of(0x35)).toBeGreaterThan(0)
    const mode = (name: string) => statSync(`${engine.dir}/${name}`).mode & 0o777
    expect([mode('control.sock'), mode('status.sock')]).toEqual([0o600, 0o666])
  })

  test.each(['', 'what', '{}', '[]', 'null', '{"do":"format"}', '{"ask":1}'])(
    '"%s" is not understood',
    async (line) => {
      const engine = await stage({ kind: 'dvd-ram', blocks: 1600 }).start()
      expect(JSON.parse(await ask(`${engine.dir}/control.sock`, `${line}\n`))).toMatchObject({ ok: false })
    },
  )

  test('a flush that fails is told with its sense, and again to nobody', async () => {
    const engine = await stage({ kind: 'cd-rw', blocks: 3200 }).start()
    const client = await engine.attach()
    client.request(1, 0, 64 * KiB)
    client.send(Buffer.alloc(64 * KiB, 1))
    await client.reply()
    engine.drive.faults.failCommand(0x35, '3/0C/00', Number.POSITIVE_INFINITY)
    expect(await control(engine, { do: 'flush' })).toMatchObject({ ok: false, sense: '3/0C/00' })
    engine.drive.faults.clear()
    expect(await control(engine, { do: 'flush' })).toEqual({ ok: true })
    expect((await engine.session.stop('test')).exitCode).toBe(0)
  })

  test('an acknowledged packet that the drive loses when its cache is full is written again', async () => {
    const engine = await stage({ kind: 'cd-rw', blocks: 4096 }, { profile: smallCache }).start()
    const client = await engine.attach()
    const write = async (packet: number, mark: number) => {
      client.request(1, packet * 64 * KiB, 64 * KiB)
      client.send(Buffer.alloc(64 * KiB, mark))
      return (await client.reply()).error
    }
    engine.drive.faults.failSector(0, 'write', '3/0C/00', 1)
    // The drive takes packet 0, lets it out of its cache only for a later one, and fails then: a deferred error of that WRITE.
    for (let packet = 0; packet < 6; packet++) expect(await write(packet, packet + 1)).toBe(0)
    // The engine has it still, and hands it over once more.
    expect(await control(engine, { do: 'flush' })).toEqual({ ok: true })
    expect(engine.drive.counters.log.map((entry) => entry.result)).toContain('3/0C/00')
    expect(engine.log.join('\n')).toMatch(
      /warning: sr0: keeping . packets, which are written again, failed: .*3\/0C\/00 .*of an earlier command/,
    )
    for (let packet = 0; packet < 6; packet++) expect(engine.disc.read(packet * 32, 1)[0]).toBe(packet + 1)
    expect((await engine.session.stop('test')).exitCode).toBe(0)
  })

  test('a file is there while something is not on the medium: it keeps the machine awake', async () => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 1600 }).start()
    const mark = path.join(path.dirname(engine.session.nbdSocket), 'dirty')
    const becomes = async (there: boolean) => {
      for (let i = 0; existsSync(mark) !== there && i < 200; i++) await sleep(50)
      return existsSync(mark)
    }
    const client = await engine.attach()
    const data = pattern(3, 1)
    client.request(1, 0, data.length)
    client.send(data)
    await client.reply()
    expect(await becomes(true)).toBe(true)
    client.request(3, 0, 0)
    await client.reply()
    expect(await becomes(false)).toBe(false)
  })

  test('stop answers when all is done, and ends everything', async () => {
    const engine = await stage({ kind: 'dvd-rw', blocks: 1600 }).start()
    const client = await engine.attach()
    client.request(1, 0, 32 * KiB)
    client.send(Buffer.alloc(32 * KiB, 9))
    await client.reply()
    expect(await control(engine, { do: 'stop' })).toEqual({ ok: true })
    expect(engine.disc.read(0, 1)[0]).toBe(9)
    await expect(engine.session.ended).resolves.toMatchObject({ exitCode: 0 })
    for (const name of ['nbd', 'control', 'status'])
      expect(existsSync(`${engine.dir}/${name}.sock`)).toBe(false)
    expect(await client.take(1)).toHaveLength(0)
  })

  test('stop with a flush that fails: exit code 1, and said', async () => {
    const engine = await stage({ kind: 'cd-rw', blocks: 3200 }).start()
    const client = await engine.attach()
    client.request(1, 0, 64 * KiB)
    client.send(Buffer.alloc(64 * KiB, 1))
    await client.reply()
    engine.drive.faults.failCommand(0x35, '3/0C/00', 50)
    expect(await control(engine, { do: 'stop' })).toMatchObject({ ok: false })
    await expect(engine.session.ended).resolves.toMatchObject({ exitCode: 1 })
    expect(engine.log.join('\n')).toMatch(/error: sr0: the last writes may not be on the disc: .*3\/0C\/00/)
    expect(engine.drive.pressEject()).toBe('requested')
  })

  test('sockets left behind by a dead engine are no obstacle', async () => {
    const first = stage({ kind: 'dvd-ram', blocks: 1600 })
    for (const name of ['nbd', 'control', 'status']) writeFileSync(`${first.dir}/${name}.sock`, '')
    const engine = await first.start()
    await engine.attach()
  })
})

describe('the disc goes', () => {
  test('swapped: no write reaches the new one, requests get EIO, exit code 0', async () => {
    const engine = await stage({ kind: 'cd-rw', blocks: 3200 }, {}, { watchMs: 100_000 }).start()
    const client = await engine.attach()
    const data = Buffer.alloc(64 * KiB, 1)
    client.request(1, 0, data.length)
    client.send(data)
    expect((await client.reply()).error).toBe(0)
    const other = new Disc({ kind: 'cd-rw', blocks: 3200 })
    engine.drive.swap(other)
    engine.kernel.diskseq = '8'
    // Flush, read, write: a flush finds out.
    for (const type of [3, 0, 1]) {
      client.request(type, type === 3 ? 0 : 128 * KiB, type === 3 ? 0 : data.length)
      if (type === 1) client.send(data)
      expect((await client.reply()).error).toBe(5)
    }
    expect(other.writes.size).toBe(0)
    expect(engine.session.status().state).toBe('gone')
    expect(await engine.session.stop('test')).toMatchObject({ exitCode: 0 })
    expect(engine.log.join('\n')).toContain(
      'the disc was swapped: disc 7 of sr0 was mapped, disc 8 is in the drive now',
    )
    expect(engine.log.join('\n')).toContain('error: sr0: 1 packets may not have reached the disc')
  })

  test('swapped before the kernel has seen it: the drive says so first', async () => {
    const engine = await stage(
      { kind: 'dvd+rw', blocks: 1600 },
      {},
      { watchMs: 100_000, noticeMs: 2_000 },
    ).start()
    const client = await engine.attach()
    const other = new Disc({ kind: 'dvd+rw', blocks: 1600 })
    engine.drive.swap(other)
    setTimeout(() => {
      engine.kernel.diskseq = '8'
    }, 300)
    client.request(1, 0, 32 * KiB)
    client.send(Buffer.alloc(32 * KiB, 1))
    expect((await client.reply()).error).toBe(0)
    client.request(3, 0, 0)
    expect((await client.reply()).error).toBe(5)
    await engine.session.stop('test')
    expect(other.writes.size).toBe(0)
  })

  test('a false alarm of the drive costs a wait, not the session', async () => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 1600 }).start()
    const client = await engine.attach()
    engine.drive.attention.raise(0x28, 0)
    client.request(1, 0, 32 * KiB)
    client.send(Buffer.alloc(32 * KiB, 1))
    expect((await client.reply()).error).toBe(0)
    client.request(3, 0, 0)
    expect((await client.reply()).error).toBe(0)
    expect(engine.session.status().state).toBe('serving')
  })

  test.each([
    ['another disc', '8', 'was swapped'],
    ['no drive', undefined, 'is gone'],
  ])('%s, with nothing going on', async (_, diskseq, said) => {
    const engine = await stage({ kind: 'bd-re', blocks: 3200 }, { profile: 'bd' }).start()
    engine.kernel.diskseq = diskseq
    await expect(engine.session.ended).resolves.toMatchObject({
      exitCode: 0,
      why: expect.stringContaining(said),
    })
    expect(existsSync(engine.session.nbdSocket)).toBe(false)
  })

  test('swapped while it is taken up: not served', async () => {
    let looks = 0
    const { start, dir } = stage(
      { kind: 'cd-rw', blocks: 3200 },
      {},
      { diskseq: () => (++looks > 1 ? '8' : '7') },
    )
    const failed = await start().catch((error) => error)
    expect(failed.diagnostic.code).toBe('engine.disc-lost')
    expect(existsSync(`${dir}/nbd.sock`)).toBe(false)
  })

  test('unplugged in the middle: an error, then the end', async () => {
    const engine = await stage({ kind: 'dvd-ram', blocks: 1600 }).start()
    const client = await engine.attach()
    engine.drive.faults.commandLatencyMs = 30
    client.request(1, 0, 1600 * KiB)
    client.send(Buffer.alloc(1600 * KiB, 1))
    expect((await client.reply()).error).toBe(0)
    client.request(3, 0, 0)
    await sleep(80)
    engine.drive.unplug()
    expect((await client.reply()).error).toBe(5)
    await expect(engine.session.ended).resolves.toMatchObject({ exitCode: 0 })
  })
})
