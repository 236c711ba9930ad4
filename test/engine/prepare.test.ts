// What the engine says to a drive before and after writing, and which quirks of recorded drives it writes through.
import { describe, expect, test } from 'vitest'
import { StartError } from '../../src/engine/identify.ts'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import { WaryTransport } from '../../src/mmc/wary.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { Drive } from '../drive/index.ts'
import { pattern } from '../packet/model.ts'
import { type Engine, stage } from './harness.ts'

const KiB = 1024
const opcodes = (drive: Drive) => drive.counters.log.map((entry) => entry.opcode)

/** Writes 128 KiB at an odd place and flushes; gives the two errnos. */
async function writeAndFlush(engine: Engine, mark: number): Promise<number[]> {
  const client = await engine.attach()
  client.request(1, 10 * KiB, 128 * KiB)
  client.send(Buffer.alloc(128 * KiB, mark))
  const wrote = (await client.reply()).error
  client.request(3, 0, 0)
  const flushed = (await client.reply()).error
  await client.close()
  return [wrote, flushed]
}

describe('write parameters of a CD-RW', () => {
  test.each([
    [1, 8],
    [2, 10],
  ] as const)('data mode %d: block type %d', async (dataMode, blockType) => {
    const { drive, start } = stage({ kind: 'cd-rw', blocks: 3200, dataMode })
    const engine = await start()
    const page = drive.pages.get(0x05)
    expect(page?.[4]).toBe(blockType)
    expect([page?.[2], page?.[3]].map((b) => (b ?? 0) & 0x2f)).toEqual([0, 0x27])
    expect(await writeAndFlush(engine, 1)).toEqual([0, 0])
  })

  test('refused, on a drive that writes all the same', async () => {
    const { log, start } = stage(
      { kind: 'cd-rw', blocks: 3200 },
      { quirks: { packetPage: 'refused', ignoresWritePage: true } },
    )
    const engine = await start()
    expect(log.join('\n')).toMatch(/does not take the write parameters page: 5\/26\/00/)
    expect(await writeAndFlush(engine, 1)).toEqual([0, 0])
  })

  test('forgotten by the drive: set again', async () => {
    const engine = await stage({ kind: 'cd-rw', blocks: 3200 }).start()
    engine.drive.reset()
    expect(await writeAndFlush(engine, 3)).toEqual([0, 0])
  })

  test.each(['dvd-rw', 'dvd+rw', 'dvd-ram'] as const)('not sent for %s', async (kind) => {
    const engine = await stage({ kind, blocks: 1600 }).start()
    expect(opcodes(engine.drive)).not.toContain(0x55)
  })
})

describe('writing speed', () => {
  test.each([
    ['cd-rw', 'supermulti', 0xbb, 1764],
    ['dvd-rw', 'dvdrw', 0xb6, 2770],
    ['dvd+rw', 'dvdrw', 0xb6, 5540],
    ['dvd-ram', 'supermulti', 0xb6, 4155],
    ['bd-re', 'bd', 0xb6, 8990],
  ] as const)("%s: the drive's best for the disc", async (kind, profile, opcode, kB) => {
    const engine = await stage({ kind, blocks: 3200 }, { profile }).start()
    expect(engine.drive.writeSpeed).toBe(kB)
    expect(opcodes(engine.drive)).toContain(opcode)
    expect(engine.session.status().speed).toBe(kB)
    expect(engine.log.filter((line) => line.includes('writing speed'))).toEqual([
      expect.stringMatching(new RegExp(`^info: writing speed: [0-9.]+x \\(${kB} kB/s\\)$`)),
    ])
  })

  const wish = (speed: number) =>
    ({ 'cd-rw': speed, 'dvd-rw': speed, 'dvd+rw': speed, 'dvd-ram': speed, 'bd-re': speed }) as const
  test.each([
    [4, 706],
    [8, 706],
    [40, 1764],
    [1, 706],
  ])('%dx wished for a CD-RW of 4x and 10x: %d kB/s', async (speed, kB) => {
    const engine = await stage(
      { kind: 'cd-rw', blocks: 3200 },
      {},
      { write: { ...defaults.write, speed: wish(speed) } },
    ).start()
    expect(engine.drive.writeSpeed).toBe(kB)
  })

  test('a drive that obeys what ruins the disc (Q21): never above its list', async () => {
    const engine = await stage(
      { kind: 'dvd+rw', blocks: 3200 },
      { profile: 'benq-dq60' },
      { write: { ...defaults.write, speed: wish(16) } },
    ).start()
    expect(await writeAndFlush(engine, 9)).toEqual([0, 0])
    expect(engine.drive.writeSpeed).toBe(5540)
  })

  test('the speed of the disc before, too fast for this one (Q21): set anew', async () => {
    const { drive, disc, start } = stage(
      { kind: 'dvd+rw', blocks: 3200 },
      { profile: 'benq-dq60', quirks: { keepsSpeed: true } },
    )
    drive.removeDisc()
    drive.writeSpeed = 22160
    drive.insert(disc)
    expect(drive.loaded?.tooFast).toBe(true)
    expect(await writeAndFlush(await start(), 9)).toEqual([0, 0])
  })

  test('a list that grew after a failed write (Q21) is not believed', async () => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 3200 }, { profile: 'benq-dq60' }).start()
    engine.drive.faults.failSector(16, 'write', '3/0C/00', 1)
    await writeAndFlush(engine, 9)
    expect(engine.drive.loaded?.broken).toBe(true)
    // A refusal: the drive is prepared again.
    engine.drive.faults.failCommand(0x2a, '5/64/00')
    await writeAndFlush(engine, 9)
    expect(engine.drive.counters.of(0xb6)).toBe(2)
    expect(engine.drive.writeSpeed).toBe(5540)
  })

  test.each([
    ['no list, CD speeds in page 2Ah (Q22)', { speedList: 'empty', pageSpeeds: 'of-cd' }, 0, undefined],
    ['no list, zeros in page 2Ah (Q22)', { speedList: 'refused', pageSpeeds: 'zeros' }, 0, undefined],
    ['no list, page 2Ah right', { speedList: 'refused' }, 5540, 5540],
    ['nonsense in the list (Q22)', { speedList: 'nonsense', pageSpeeds: 'of-cd' }, 5540, 5540],
    ['both commands refused (Q21)', { speedCommands: 'refused' }, 0, undefined],
    ['both ignored (Q21)', { speedCommands: 'ignored' }, 0, 5540],
  ] as const)('%s: written all the same', async (_, quirks, set, told) => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 3200 }, { profile: 'dvdrw', quirks }).start()
    expect(engine.drive.writeSpeed).toBe(set)
    expect(engine.session.status().speed).toBe(told)
    expect(await writeAndFlush(engine, 9)).toEqual([0, 0])
    expect(engine.log.filter((line) => line.startsWith('warning'))).toEqual([])
    expect(engine.log.join('\n')).toMatch(
      told === undefined ? /it is left to the drive/ : /writing speed: 4x/,
    )
  })

  test('SET CD SPEED that does not take FFFFh for reading', async () => {
    const quirks = { speedCommands: 'no-ffff' } as const
    const engine = await stage({ kind: 'cd-rw', blocks: 3200 }, { quirks }).start()
    expect([engine.drive.writeSpeed, engine.drive.readSpeed]).toEqual([1764, 1764])
  })
})

describe('background format of a DVD+RW', () => {
  test('suspended: resumed, written meanwhile, stopped again', async () => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 1600, background: 'suspended' }).start()
    expect(engine.drive.counters.of(0x04)).toBe(1)
    expect(engine.disc.background).not.toBe('suspended')
    expect(await writeAndFlush(engine, 4)).toEqual([0, 0])
    await engine.session.stop('test')
    expect(engine.disc.read(5, 1)[0]).toBe(4)
    expect(engine.disc.background).not.toBe('running')
  })

  test('complete: left alone', async () => {
    const engine = await stage({ kind: 'dvd+rw', blocks: 1600, background: 'complete' }).start()
    await engine.session.stop('test')
    expect(opcodes(engine.drive).filter((o) => o === 0x04 || o === 0x5b)).toEqual([])
  })

  test('cannot be resumed or stopped: said, and no reason not to serve', async () => {
    const { drive, log, start } = stage({ kind: 'dvd+rw', blocks: 1600, background: 'suspended' })
    drive.faults.failCommand(0x04, '5/24/00')
    drive.faults.failCommand(0x5b, '5/30/10')
    const engine = await start()
    expect(await writeAndFlush(engine, 5)).toEqual([0, 0])
    expect(await engine.session.stop('test')).toMatchObject({ exitCode: 0 })
    expect(log.join('\n')).toMatch(/warning: background format not resumed: .*5\/24\/00/)
    expect(log.join('\n')).toMatch(/warning: background format not stopped: .*5\/30\/10/)
  })
})

describe('quirks that are written through', () => {
  test.each([
    ['DVD+RW that takes aligned 32 KiB only (Q12)', 'dvd+rw', { strict32k: true }],
    ['5/2C/00 when reads and writes mix (Q13)', 'dvd+rw', { noMixing: true }],
    ['flow control (Q15)', 'dvd-rw', { flowControl: 3 }],
    ['busy after it said ready (Q16)', 'dvd-rw', { busyAfterReady: 5 }],
    ['formatted CD-RW that says it is not erasable (Q1)', 'cd-rw', { notErasable: true }],
  ] as const)('%s', async (_, kind, quirks) => {
    const engine = await stage({ kind, blocks: 3200 }, { quirks }).start()
    expect(await writeAndFlush(engine, 6)).toEqual([0, 0])
    expect(await writeAndFlush(engine, 7)).toEqual([0, 0])
    await engine.session.stop('test')
    expect(engine.disc.read(5, 64).every((b) => b === 7)).toBe(true)
  })

  test('a bus reset in between (6/29/00)', async () => {
    const engine = await stage({ kind: 'dvd-ram', blocks: 1600 }).start()
    engine.drive.reset()
    expect(await writeAndFlush(engine, 8)).toEqual([0, 0])
  })

  test('half an answer to a read is asked again', async () => {
    const engine = await stage({ kind: 'dvd-ram', blocks: 1600 }).start()
    engine.drive.faults.failCommand(0x28, 'short')
    expect(await writeAndFlush(engine, 8)).toEqual([0, 0])
  })

  test('a READ that ends short with GOOD, and no residue to be seen: nothing else gets into the packet', async () => {
    const options: Partial<SessionOptions> = {}
    const { drive, disc, start } = stage({ kind: 'cd-rw', blocks: 3200 }, {}, options)
    disc.put(0, pattern(3200, 1))
    options.transport = new WaryTransport(drive.transport({ shortReplies: 'padded' }))
    const engine = await start()
    drive.faults.failCommand(0x28, 'residue', 2)
    expect(await writeAndFlush(engine, 8)).toEqual([0, 0])
    await engine.session.stop('test')
    const expected = pattern(3200, 1)
    expected.fill(8, 10 * KiB, 138 * KiB)
    expect(disc.read(0, 3200).equals(expected)).toBe(true)
  })

  test('one bad sector: an error for that request only', async () => {
    const engine = await stage({ kind: 'dvd-rw', blocks: 1600 }).start()
    engine.drive.faults.failSector(100, 'read')
    const client = await engine.attach()
    for (const [block, error] of [
      [100, 5],
      [99, 0],
      [101, 0],
    ] as const) {
      client.request(0, block * 2048, 2048)
      expect((await client.reply()).error).toBe(error)
      if (error === 0) await client.take(2048)
    }
    const told = engine.log.filter((line) => line.startsWith('warning'))
    expect(told).toEqual([expect.stringMatching(/read of blocks 100\.\.100 failed: .*3\/11\/00/)])
  })
})

describe('discs that are not served', () => {
  test.each([
    [{ kind: 'cd-rw', state: 'blank' }, 'media.blank-cd-rw'],
    [{ kind: 'cd-rw', state: 'session' }, 'media.session-burnt'],
    [{ kind: 'dvd-rw', state: 'session' }, 'media.sequential-dvd-rw'],
    [{ kind: 'dvd-rom' }, 'media.read-only'],
    [{ kind: 'dvd-ram', writeProtected: true }, 'media.write-protected'],
  ] as const)('%o: %s', async (disc, code) => {
    const { drive, start } = stage(disc)
    const failed = await start().catch((error) => error)
    expect(failed).toBeInstanceOf(StartError)
    expect(failed.diagnostic.code).toBe(code)
    expect(failed.diagnostic.message).not.toMatch(/\{/)
    expect(opcodes(drive).filter((o) => [0x2a, 0x55, 0x1e, 0x04].includes(o))).toEqual([])
  })

  test('a packet larger than one transfer', async () => {
    const drive = new Drive({})
    const { disc, start } = stage(
      { kind: 'cd-rw', blocks: 3200 },
      {},
      { transport: drive.transport({ maxTransferBytes: 32 * KiB }) },
    )
    drive.insert(disc)
    const failed = await start().catch((error) => error)
    expect(failed.diagnostic.code).toBe('engine.transfer-limit')
    expect(failed.diagnostic.message).toContain('64 KiB')
  })

  test('no drive', async () => {
    const { kernel, start } = stage({ kind: 'cd-rw', blocks: 3200 })
    kernel.diskseq = undefined
    expect((await start().catch((error) => error)).diagnostic.code).toBe('engine.no-drive')
  })
})
