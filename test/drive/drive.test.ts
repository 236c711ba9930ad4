// Accidents: power, cable, hanging, bad blocks, bad answers; and the drive as a Transport.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commands } from './commands/table.ts'
import {
  ask,
  blocks,
  cdb,
  flush,
  loaded,
  packetMode,
  read10,
  settleIn,
  stillClock,
  write10,
} from './harness.ts'
import { Disc, Drive, loadImage, loadProfile, profileNames, saveImage } from './index.ts'
import { type DiscKind, kinds } from './kinds.ts'
import { parseProfile } from './profile.ts'

describe('bad blocks', () => {
  test('a read error has the LBA; other blocks are fine', () => {
    const { drive } = loaded({ kind: 'dvd-ram' })
    drive.faults.failSector(100, 'read')
    const answer = read10(drive, 96, 16)
    expect([answer.result, answer.sense?.information]).toEqual(['3/11/00', 100])
    expect(ask(drive, '03 00 00 00 12 00').data.subarray(0, 8).toString('hex')).toBe('f00003000000640a')
    expect(read10(drive, 96, 4).result).toBe('good')
  })
  test('an unreadable block is healed by writing its packet', () => {
    const { drive, disc } = loaded({ kind: 'dvd+rw' })
    disc.unreadable.add(20)
    expect(read10(drive, 16, 16).result).toBe('3/11/00')
    // The drive cannot complete a partial packet over it.
    write10(drive, 16, blocks(16, 1, 1))
    expect(flush(drive).result).toBe('3/11/00')
    write10(drive, 16, blocks(16, 16, 1))
    expect(read10(drive, 16, 16).result).toBe('good')
    expect(flush(drive).result).toBe('good')
    expect(disc.unreadable.size).toBe(0)
  })
  test('a write error comes with SYNCHRONIZE CACHE, and only for its packet', () => {
    const { drive, disc } = loaded({ kind: 'dvd-ram' })
    drive.faults.failSector(35, 'write')
    for (const lba of [16, 32, 48]) expect(write10(drive, lba, blocks(lba, 16, 1)).result).toBe('good')
    const first = flush(drive)
    expect([first.result, first.sense?.information, first.sense?.deferred]).toEqual([
      '3/0C/00',
      35,
      undefined,
    ])
    expect(flush(drive).result).toBe('good')
    expect([...disc.writes.keys()]).toEqual([1, 3])
  })
  test('at an eviction it is deferred to the next WRITE, which is not done', () => {
    const { drive } = loaded({ kind: 'dvd-ram' })
    drive.faults.failSector(0, 'write', '3/0C/00', 1)
    for (let n = 0; n < 64; n++) write10(drive, n * 16, blocks(n * 16, 16, 1))
    const answer = write10(drive, 1024, blocks(1024, 16, 1))
    expect([answer.result, answer.sense?.deferred, answer.sense?.information]).toEqual(['3/0C/00', true, 0])
    expect(drive.loaded?.cache.has(1024)).toBe(false)
    expect(write10(drive, 1024, blocks(1024, 16, 1)).result).toBe('good')
  })
  test('a drive that only a reload heals (BENQ DQ60); too fast a speed is obeyed and ruins the write', () => {
    const { drive } = loaded({ kind: 'dvd+rw' }, { profile: 'benq-dq60' })
    const speeds = () => (ask(drive, 'ac 00 00000000 0000 0010 03 00').data.length - 8) / 16
    expect(speeds()).toBe(2)
    ask(drive, 'bb 00 ffff 2b48 00')
    write10(drive, 0, blocks(0, 16, 1))
    expect(flush(drive).result).toBe('3/0C/00')
    expect(ask(drive, '52 01 00000001 00 0024 00').result).toBe('3/11/05')
    expect(speeds()).toBe(4)
    drive.openTray()
    drive.closeTray()
    settleIn(drive)
    expect(ask(drive, '52 01 00000001 00 0024 00').result).toBe('good')
    write10(drive, 0, blocks(0, 16, 1))
    expect(flush(drive).result).toBe('good')
  })
})

describe('power', () => {
  test('power loss: the oldest packet torn, the others lost, nothing else touched', () => {
    const { drive, disc } = loaded({ kind: 'cd-rw' })
    disc.put(0, blocks(0, 96, 1))
    packetMode(drive)
    write10(drive, 32, blocks(32, 32, 2))
    write10(drive, 64, blocks(64, 32, 2))
    drive.powerLoss({ newBlocks: 3, unreadableBlocks: 4 })
    expect(drive.plugged).toBe(false)
    drive.replug()
    settleIn(drive)
    expect(read10(drive, 0, 32).data.equals(blocks(0, 32, 1))).toBe(true)
    expect(read10(drive, 32, 3).data.equals(blocks(32, 3, 2))).toBe(true)
    for (const lba of [35, 36, 37, 38]) expect(read10(drive, lba, 1).result).toBe('3/11/00')
    expect(read10(drive, 39, 57).data.equals(blocks(39, 57, 1))).toBe(true)
    expect(packetMode(drive).result).toBe('good')
  })
  test('in the middle of a command that writes: gone, and the log says so', async () => {
    const { drive, disc } = loaded({ kind: 'dvd-rw' })
    drive.faults.cutPower({ packets: 2, newBlocks: 1, unreadableBlocks: 1 })
    for (const lba of [0, 16, 32]) write10(drive, lba, blocks(lba, 16, 7))
    const transport = drive.transport()
    await expect(transport.execute({ cdb: cdb('35').subarray(0, 10) })).rejects.toMatchObject({
      reason: 'gone',
    })
    expect(drive.counters.log.at(-1)?.result).toBe('power')
    expect(disc.read(0, 16).equals(blocks(0, 16, 7))).toBe(true)
    expect([...disc.unreadable]).toEqual([17])
    expect(disc.read(32, 16).equals(Buffer.alloc(32768))).toBe(true)
    await expect(transport.execute({ cdb: cdb('00').subarray(0, 6) })).rejects.toMatchObject({
      reason: 'gone',
    })
  })
  test('unplugged: what was not flushed is lost, what was is there', () => {
    const { drive, disc } = loaded({ kind: 'dvd-ram' })
    write10(drive, 0, blocks(0, 16, 1))
    flush(drive)
    write10(drive, 0, blocks(0, 16, 2))
    drive.unplug()
    drive.replug()
    expect(disc.read(0, 16).equals(blocks(0, 16, 1))).toBe(true)
    expect(settleIn(drive).loaded?.cache.size).toBe(0)
  })
  test('a reset keeps the cache', () => {
    const { drive } = loaded({ kind: 'dvd-ram' })
    write10(drive, 0, blocks(0, 16, 1))
    drive.reset()
    expect(ask(drive, '00').result).toBe('6/29/00')
    expect(read10(drive, 0, 16).data.equals(blocks(0, 16, 1))).toBe(true)
  })
})

describe('as a Transport', () => {
  const tur = cdb('00').subarray(0, 6)
  test('data both ways, CHECK CONDITION as a reply', async () => {
    const { drive } = loaded({ kind: 'bd-re' })
    const t = drive.transport()
    const data = blocks(64, 32, 5)
    expect(t.maxTransferBytes).toBe(122880)
    const written = await t.execute({ cdb: cdb('2a 00 00000040 00 0020 00').subarray(0, 10), dataOut: data })
    expect(written.status).toBe(0)
    const back = await t.execute({ cdb: cdb('28 00 00000040 00 0020 00').subarray(0, 10), dataIn: 65536 })
    expect(back.data.equals(data)).toBe(true)
    const past = await t.execute({ cdb: cdb('28 00 00004000 00 0001 00').subarray(0, 10), dataIn: 2048 })
    expect(past).toMatchObject({ status: 2, sense: { key: 5, asc: 0x21, ascq: 0 } })
    expect((await t.execute({ cdb: cdb('12 00 00 0060').subarray(0, 6), dataIn: 36 })).data.length).toBe(36)
  })
  test('what the host refuses never reaches the drive', async () => {
    const { drive } = loaded({ kind: 'bd-re' })
    const before = drive.counters.of(0x28)
    const big = { cdb: cdb('28 00 00000000 00 003d 00').subarray(0, 10), dataIn: 61 * 2048 }
    await expect(drive.transport().execute(big)).rejects.toMatchObject({ reason: 'refused' })
    const long = { cdb: Buffer.alloc(16) }
    await expect(drive.transport().execute(long)).rejects.toMatchObject({ reason: 'refused' })
    expect(drive.counters.of(0x28)).toBe(before)
  })
  test('a hung command times out, the reset heals the drive, the next in line is served', async () => {
    const clock = stillClock()
    const { drive } = loaded({ kind: 'bd-re' }, { clock })
    const t = drive.transport()
    drive.faults.failCommand(0x28, 'hang')
    const stuck = t.execute({
      cdb: cdb('28 00 00000000 00 0001 00').subarray(0, 10),
      dataIn: 2048,
      timeoutMs: 500,
    })
    const behind = t.execute({ cdb: tur })
    const failed = expect(stuck).rejects.toMatchObject({ reason: 'timeout' })
    await Promise.resolve()
    clock.advance(500)
    await failed
    expect((await behind).sense).toMatchObject({ key: 6, asc: 0x29 })
  })
  test('a drive that hangs goes on where it was', async () => {
    const { drive } = loaded({ kind: 'bd-re' })
    drive.hang('for-ever')
    const t = drive.transport()
    await expect(t.execute({ cdb: tur, timeoutMs: 5 })).rejects.toMatchObject({ reason: 'timeout' })
    const waiting = t.execute({ cdb: tur, timeoutMs: 5000 })
    await new Promise((r) => setTimeout(r, 5))
    drive.unhang()
    expect((await waiting).sense).toMatchObject({ key: 6, asc: 0x29 })
  })
  test('latency is per packet moved', async () => {
    const clock = stillClock()
    const { drive } = loaded({ kind: 'bd-re' }, { clock })
    drive.faults.packetLatencyMs = 100
    expect(read10(drive, 0, 64).delayMs).toBe(200)
    for (const lba of [0, 32, 64]) expect(write10(drive, lba, blocks(lba, 32, 1)).delayMs).toBe(0)
    expect(flush(drive).delayMs).toBe(300)
  })
  test('short, garbage, and any sense, so many times', () => {
    const { drive } = loaded({ kind: 'bd-re' })
    drive.faults.failCommand(0x25, 'short')
    drive.faults.failCommand(0x25, 'garbage')
    drive.faults.failCommand(0x25, '2/04/08', 2)
    expect(ask(drive, '25').data.length).toBe(4)
    expect(ask(drive, '25').data.toString('hex')).toBe('a5a5a5a5a5a5a5a5')
    expect([1, 2, 3].map(() => ask(drive, '25').result)).toEqual(['2/04/08', '2/04/08', 'good'])
  })
  test('a READ that ends short with GOOD: the host gets half, or the rest is what the command before left', async () => {
    const { drive, disc } = loaded({ kind: 'bd-re' })
    disc.put(0, blocks(0, 16, 1))
    disc.put(32, blocks(32, 16, 2))
    const read = (lba: number) => ({
      cdb: cdb(`28 00 ${lba.toString(16).padStart(8, '0')} 00 0010 00`).subarray(0, 10),
      dataIn: 32768,
    })
    const half = blocks(32, 16, 2).subarray(0, 16384)
    for (const [fault, shortReplies, length] of [
      ['short', 'cut', 16384],
      ['short', 'padded', 32768],
      ['residue', 'cut', 32768],
    ] as const) {
      const t = drive.transport({ shortReplies })
      await t.execute(read(0))
      drive.faults.failCommand(0x28, fault)
      const reply = await t.execute(read(32))
      const leftOver = blocks(0, 16, 1).subarray(16384, length)
      expect([reply.status, reply.data.length]).toEqual([0, length])
      expect(reply.data.equals(Buffer.concat([half, leftOver]))).toBe(true)
    }
  })
  test('a bridge that hides the drive', () => {
    const { drive } = loaded({ kind: 'bd-re' }, { quirks: { bridgeNotReady: true } })
    for (let i = 0; i < 5; i++) expect(ask(drive, '00').result).toBe('2/04/00')
  })
})

test('whatever is sent, the drive answers, within the allocation length, and its disc stays itself', () => {
  const states = (Object.keys(kinds) as DiscKind[]).flatMap((kind) =>
    kinds[kind].states.map((state) => ({ kind, state })),
  )
  const opcodes = Array.from({ length: 256 }, (_, i) => i).filter((i) => commands.get(i))
  expect(opcodes.length).toBeGreaterThan(35)
  const anyCommand = fc.tuple(fc.constantFrom(...opcodes), fc.uint8Array({ minLength: 11, maxLength: 11 }))
  fc.assert(
    fc.property(
      fc.constantFrom(...states),
      fc.constantFrom(...profileNames),
      fc.array(anyCommand, { minLength: 1, maxLength: 40 }),
      (disc, profile, list) => {
        const drive = new Drive({ profile, clock: stillClock() })
        drive.insert(new Disc({ ...disc, blocks: 3200 }))
        settleIn(drive)
        for (const [opcode, rest] of list) {
          const bytes = Buffer.from([opcode, ...rest])
          // Small numbers are where commands do things.
          bytes[2] = (bytes[2] as number) & 1
          const answer = drive.execute(bytes, Buffer.alloc(65536))
          if (answer.status === 2) expect(answer.sense?.key).toBeGreaterThan(0)
          if ([0x23, 0x43, 0x46, 0x4a, 0x51, 0x52, 0x5a].includes(opcode)) {
            expect(answer.data.length).toBeLessThanOrEqual(bytes.readUInt16BE(7))
          }
          expect(drive.disc?.blocks ?? 0).toBeLessThanOrEqual(drive.disc?.recordable ?? 0)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('reads see what was written last, the medium has what was flushed, whatever the order', () => {
  const op = fc.oneof(
    fc.record({
      do: fc.constant('write' as const),
      lba: fc.nat(300),
      count: fc.integer({ min: 1, max: 40 }),
      mark: fc.nat(255),
    }),
    fc.record({ do: fc.constant('read' as const), lba: fc.nat(300), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constantFrom('flush' as const, 'unplug' as const, 'tray' as const) }),
  )
  fc.assert(
    fc.property(
      fc.constantFrom<DiscKind>('dvd+rw', 'dvd-ram', 'bd-re'),
      fc.array(op, { maxLength: 60 }),
      (kind, ops) => {
        const profile = { ...loadProfile('bd'), bufferKiB: 256 }
        const { drive, disc } = loaded({ kind, blocks: 352 }, { profile })
        const now = Buffer.alloc(352 * 2048)
        // What each block may hold after a power cut: what was flushed, or anything written since.
        let since: Set<number>[] = Array.from({ length: 352 }, () => new Set([0]))
        for (const o of ops) {
          if (o.do === 'write') {
            const data = blocks(o.lba, o.count, o.mark)
            for (let i = o.lba; i < o.lba + o.count; i++) since[i]?.add(o.mark)
            expect(write10(drive, o.lba, data).result).toBe('good')
            data.copy(now, o.lba * 2048)
          } else if (o.do === 'read') {
            const { data } = read10(drive, o.lba, o.count)
            expect(data.equals(now.subarray(o.lba * 2048, (o.lba + o.count) * 2048))).toBe(true)
          } else if (o.do === 'unplug') {
            drive.unplug()
            drive.replug()
            settleIn(drive)
            disc.read(0, 352).copy(now)
            since = since.map((allowed, i) => {
              const mark = now[i * 2048 + 4] as number
              expect(allowed.has(mark)).toBe(true)
              return new Set([mark])
            })
          } else {
            if (o.do === 'flush') flush(drive)
            else {
              drive.openTray()
              drive.closeTray()
              settleIn(drive)
            }
            expect(disc.read(0, 352).equals(now)).toBe(true)
            since = since.map((_, i) => new Set([now[i * 2048 + 4] as number]))
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

describe('discs and profiles', () => {
  test('an image file, sparse, in and out', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'drive-'))
    try {
      const image = Buffer.alloc(100 * 2048 + 700)
      blocks(40, 3, 1).copy(image, 40 * 2048)
      image.fill(9, 100 * 2048)
      writeFileSync(path.join(dir, 'in.img'), image)
      const disc = new Disc({ kind: 'dvd+rw', blocks: 16384 })
      loadImage(disc, path.join(dir, 'in.img'))
      expect(disc.recordedPackets()).toEqual([2, 6])
      expect(disc.writes.size).toBe(0)
      saveImage(disc, path.join(dir, 'out.img'))
      const out = statSync(path.join(dir, 'out.img'))
      expect(out.size).toBe(16384 * 2048)
      expect(out.blocks * 512).toBeLessThan(1024 * 1024)
      const again = new Disc({ kind: 'cd-rom', blocks: 16384 })
      loadImage(again, path.join(dir, 'out.img'))
      expect(again.read(0, 101).subarray(0, image.length).equals(image)).toBe(true)
      expect(() => loadImage(new Disc({ kind: 'cd-rw', blocks: 32 }), path.join(dir, 'in.img'))).toThrow(
        'do not fit',
      )
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
  test('a disc that cannot be is refused', () => {
    expect(() => new Disc({ kind: 'dvd+rw', state: 'appendable' })).toThrow('never')
    expect(() => new Disc({ kind: 'cd-rw', blocks: 100 })).toThrow('multiple')
  })
  test('profile files are checked', () => {
    expect(() => loadProfile('nosuch')).toThrow('cdrw-only')
    expect(loadProfile('cdrw-only').profiles).toEqual([0x0a, 0x09, 0x08, 0x02])
    const good = { vendor: 'A', model: 'B', revision: '1', serial: '0123456789AB', profiles: ['000A'] }
    expect(parseProfile(good).quirks.packetPage).toBe('accepted')
    expect(() => parseProfile({ ...good, quirks: { typo: true } })).toThrow()
    expect(() => parseProfile({ ...good, serial: 'x' })).toThrow('serial')
    expect(() => parseProfile({ ...good, profiles: ['1a'] })).toThrow('four hexadecimal')
  })
  test('the log keeps the last commands, with what came of them', () => {
    const drive = settleIn(new Drive({ logLength: 10 }))
    for (let i = 0; i < 50; i++) ask(drive, i % 2 ? '00' : '12 00 00 0024')
    const { log } = drive.counters
    expect(log.length).toBeLessThan(20)
    expect(log.at(-1)).toMatchObject({ opcode: 0, result: '2/3A/01' })
    expect(log.at(-2)).toMatchObject({ opcode: 0x12, result: 'good', bytesIn: 36 })
    expect(drive.counters.of(0x12)).toBe(25)
  })
})
