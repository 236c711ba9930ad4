// A drive that loses what is in its write cache: everything is written once more, and nobody has lost anything. What was never
// written reads as zeros, whatever the drive says to that.
import { describe, expect, test } from 'vitest'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import type { Sense } from '../../src/mmc/sense.ts'
import { type Command, type Reply, type Transport, TransportError } from '../../src/mmc/transport.ts'
import { defaults } from '../../src/settings/defaults.ts'
import type { DiscOptions, Drive, DriveOptions } from '../drive/index.ts'
import { loadProfile } from '../drive/profile.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { control, stage } from './harness.ts'

const opcodes = { read: 0x28, write: 0x2a, synchronize: 0x35 }
const sense = (key: number, asc: number, ascq: number, more: Partial<Sense> = {}): Reply => ({
  ...{ status: 2, data: Buffer.alloc(0), sense: { key, asc, ascq, ...more } },
})
const lbaOf = ({ cdb }: Command): number => Buffer.from(cdb).readUInt32BE(2)
const blocksOf = ({ cdb }: Command): number => Buffer.from(cdb).readUInt16BE(7)

/** An answer in the place of the drive's; undefined: the drive's own. */
type Hook = (command: Command, drive: Drive) => Reply | undefined

async function start(disc: DiscOptions, driveOptions: DriveOptions, hook: Hook) {
  const options: Partial<SessionOptions> = {
    journalDir: temporaryRoot(),
    boot: 'this',
    write: defaults.write,
  }
  const staged = stage(disc, driveOptions, options)
  const real = staged.drive.transport()
  const transport: Transport = {
    ...{ device: 'sr0', maxTransferBytes: real.maxTransferBytes, close: () => real.close() },
    execute: async (command) => hook(command, staged.drive) ?? real.execute(command),
  }
  const engine = await Object.assign(staged, Object.assign(options, { transport })).start()
  const client = await engine.attach()
  return {
    ...engine,
    flush: () => control(engine, { do: 'flush' }),
    async write(lba: number, data: Buffer): Promise<number> {
      client.request(1, lba * 2048, data.length)
      client.send(data)
      return (await client.reply()).error
    },
    async read(lba: number, blocks: number): Promise<Buffer> {
      client.request(0, lba * 2048, blocks * 2048)
      const reply = await client.reply()
      expect(reply.error).toBe(0)
      return client.take(blocks * 2048)
    },
  }
}

const packets = (count: number): { lba: number; data: Buffer }[] =>
  Array.from({ length: count }, (_, i) => ({
    lba: 512 + 32 * i,
    data: Buffer.alloc(16 * 2048, 1 + (i % 250)),
  }))

const plus = { kind: 'dvd+rw', blocks: 16384 } as const

/** The hook does what it does once. */
const once = (when: (command: Command) => boolean, what: Hook): Hook => {
  let over = false
  return (command, drive) => {
    if (over || !when(command)) return undefined
    over = true
    return what(command, drive)
  }
}
const isSynchronize = ({ cdb }: Command): boolean => cdb[0] === opcodes.synchronize

describe('lost and written once more', () => {
  const large = { ...loadProfile('dvdrw'), bufferKiB: 7716 }
  const cases: [string, number, DriveOptions, Hook][] = [
    [
      'a reset, told to SYNCHRONIZE CACHE',
      3,
      { profile: 'dvdrw' },
      once(isSynchronize, (_, drive) => {
        drive.brownOut()
        return undefined
      }),
    ],
    [
      'a SYNCHRONIZE CACHE that fails, and more in the drive than is kept in memory',
      256,
      { profile: large },
      once(isSynchronize, (_, drive) => {
        drive.loaded?.cache.drop()
        return sense(3, 0x0c, 0, { information: 1024 })
      }),
    ],
    [
      'an error about an earlier packet, not marked as such',
      3,
      { profile: 'dvdrw' },
      (() => {
        let writes = 0
        return ({ cdb }) => {
          if (cdb[0] !== opcodes.write) return undefined
          writes++
          if (writes === 1) return { status: 0, data: Buffer.alloc(0) }
          return writes === 3 ? sense(3, 0x0c, 0, { information: 512 }) : undefined
        }
      })(),
    ],
  ]
  test.each(cases)('%s', async (_, count, options, hook) => {
    const engine = await start(plus, options, hook)
    const all = packets(count)
    for (const { lba, data } of all) expect(await engine.write(lba, data)).toBe(0)
    expect(await engine.flush()).toEqual({ ok: true })
    engine.drive.brownOut()
    for (const { lba, data } of all) expect(engine.disc.read(lba, 16).equals(data), `block ${lba}`).toBe(true)
    expect(engine.log.join('\n')).toMatch(/which are written again, failed/)
    expect((await engine.session.stop('test')).exitCode).toBe(0)
  })

  test.each([
    ['PREVENT ALLOW MEDIUM REMOVAL', 0x1e],
    ['MODE SENSE', 0x5a],
    ['MODE SELECT', 0x55],
    ['SET CD SPEED', 0xbb],
  ])('a reset, told to the %s that follows a refused WRITE', async (_, opcode) => {
    let refused = false
    const refuse = once(
      ({ cdb }) => cdb[0] === opcodes.write && lbaOf({ cdb }) === 512 + 32 * 10,
      () => {
        refused = true
        return sense(5, 0x64, 0)
      },
    )
    const reset = once(
      ({ cdb }) => refused && cdb[0] === opcode,
      (__, drive) => {
        drive.brownOut()
        return undefined
      },
    )
    const engine = await start(
      { kind: 'cd-rw', blocks: 4096 },
      { profile: 'cdrw-only' },
      (command, drive) => refuse(command, drive) ?? reset(command, drive),
    )
    const all = Array.from({ length: 11 }, (__, i) => ({
      lba: 512 + 32 * i,
      data: Buffer.alloc(32 * 2048, 1 + i),
    }))
    for (const { lba, data } of all) expect(await engine.write(lba, data)).toBe(0)
    expect(await engine.flush()).toEqual({ ok: true })
    expect(refused).toBe(true)
    engine.drive.brownOut()
    for (const { lba, data } of all) expect(engine.disc.read(lba, 32).equals(data), `block ${lba}`).toBe(true)
  })

  test.each(['timeout', 'host'] as const)(
    'a reset that the kernel did (%s), and kept to itself',
    async (reason) => {
      const hang = once(
        ({ cdb }) => cdb[0] === opcodes.write && lbaOf({ cdb }) === 512 + 32 * 2,
        (_, drive) => {
          drive.brownOut()
          while (drive.attention.next() !== undefined);
          throw new TransportError(reason, 'the kernel has reset the drive')
        },
      )
      const engine = await start(plus, { profile: 'dvdrw' }, hang)
      const all = packets(3)
      for (const { lba, data } of all) expect(await engine.write(lba, data)).toBe(0)
      expect(await engine.flush()).toEqual({ ok: true })
      engine.drive.brownOut()
      for (const { lba, data } of all)
        expect(engine.disc.read(lba, 16).equals(data), `block ${lba}`).toBe(true)
    },
  )

  test.each([
    ['71h', { deferred: true as const }],
    ['70h', {}],
  ])('an error of an earlier WRITE (%s), told to PREVENT ALLOW MEDIUM REMOVAL', async (format, how) => {
    const deferred = format === '71h'
    let refused = false
    const refuse = once(
      ({ cdb }) => cdb[0] === opcodes.write && lbaOf({ cdb }) === 512 + 32 * 2,
      () => {
        refused = true
        return sense(5, 0x64, 0)
      },
    )
    const lose = once(
      ({ cdb }) => refused && cdb[0] === 0x1e,
      (_, drive) => {
        if (deferred) drive.loaded?.cache.drop()
        return sense(3, 0x0c, 0, how)
      },
    )
    const engine = await start(
      plus,
      { profile: 'dvdrw' },
      (command, drive) => refuse(command, drive) ?? lose(command, drive),
    )
    const all = packets(3)
    for (const { lba, data } of all) expect(await engine.write(lba, data)).toBe(0)
    expect(await engine.flush()).toEqual({ ok: true })
    engine.drive.brownOut()
    for (const { lba, data } of all) expect(engine.disc.read(lba, 16).equals(data), `block ${lba}`).toBe(true)
  })

  test('a reset: the door is locked again', async () => {
    const engine = await start(plus, { profile: 'dvdrw' }, () => undefined)
    engine.drive.brownOut()
    expect(engine.drive.prevent).toBe(0)
    for (const { lba, data } of packets(2)) await engine.write(lba, data)
    expect(await engine.flush()).toEqual({ ok: true })
    expect(engine.drive.prevent & 1).toBe(1)
  })

  test('the laser is not well for a while (3/73/03): what waits is kept', async () => {
    let bad = true
    const engine = await start(plus, { profile: 'dvdrw' }, ({ cdb }) =>
      bad && cdb[0] === opcodes.write ? sense(3, 0x73, 3) : undefined,
    )
    const all = packets(20)
    for (const { lba, data } of all) await engine.write(lba, data)
    expect(await engine.flush()).toMatchObject({ ok: false, sense: '3/73/03' })
    bad = false
    expect(await engine.flush()).toEqual({ ok: true })
    for (const { lba, data } of all) expect(engine.disc.read(lba, 16).equals(data)).toBe(true)
  })
})

describe.each([
  ['8/64/00', sense(8, 0x64, 0)],
  ['5/21/00', sense(5, 0x21, 0)],
] as const)('blocks that were never written, which the drive refuses with %s', (_, refusal) => {
  test('the disc is served; they are zeros; a part of a packet can be written', async () => {
    const written = new Set<number>()
    const engine = await start({ kind: 'bd-re', blocks: 4096 }, { profile: 'bd' }, (command) => {
      const [opcode] = command.cdb
      if (opcode !== opcodes.read && opcode !== opcodes.write) return undefined
      const blocks = Array.from({ length: blocksOf(command) }, (_, i) => lbaOf(command) + i)
      if (opcode === opcodes.write) for (const block of blocks) written.add(block)
      return opcode === opcodes.read && blocks.some((block) => !written.has(block)) ? refusal : undefined
    })
    const block = Buffer.alloc(2048, 7)
    expect(await engine.write(1029, block)).toBe(0)
    expect(await engine.flush()).toEqual({ ok: true })
    expect(engine.disc.read(1029, 1).equals(block)).toBe(true)
    expect(engine.disc.read(1024, 5).equals(Buffer.alloc(5 * 2048))).toBe(true)
    expect((await engine.read(2048, 64)).equals(Buffer.alloc(64 * 2048))).toBe(true)
    expect((await engine.session.stop('test')).exitCode).toBe(0)
  })
})
