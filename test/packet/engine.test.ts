import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { BlockError } from '../../src/packet/error.ts'
import { ModelDrive, pattern } from './model.ts'

const engineOf = (drive: ModelDrive, options = {}) => new PacketEngine(drive, { now: () => 0, ...options })
const codeOf = (p: Promise<unknown>): Promise<number | 'fine'> =>
  p.then(
    () => 'fine' as const,
    (e) => (e instanceof BlockError ? e.errno : -1),
  )

const writesOf = (drive: ModelDrive) =>
  drive.calls.filter((c) => c.call === 'write').map((c) => ('lba' in c ? c.lba : -1))

describe('whole packets only', () => {
  test('a whole packet is written as it is, without reading', async () => {
    const drive = new ModelDrive(32, 320)
    const engine = engineOf(drive)
    await engine.write(32 * blockBytes, pattern(32, 1), false)
    expect(drive.calls).toEqual([])
    await engine.flush()
    expect(drive.calls).toEqual([{ call: 'write', lba: 32, blocks: 32 }, { call: 'synchronize' }])
  })

  test('a part is completed by reading its packet, and only what is missing is taken', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.write(18 * blockBytes, pattern(1, 1), false)
    await engine.flush()
    expect(drive.calls).toEqual([
      { call: 'read', lba: 16, blocks: 16 },
      { call: 'write', lba: 16, blocks: 16 },
      { call: 'synchronize' },
    ])
    expect(drive.content.readUInt32BE(17 * blockBytes)).toBe(17)
    expect(slice(drive.content, 18).equals(pattern(1, 1))).toBe(true)
    expect(drive.content.readUInt32BE(19 * blockBytes)).toBe(19)
  })

  test('a request over several packets writes them ascending and reads only the ragged ends', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.write(8 * blockBytes, pattern(48, 3), false)
    await engine.flush()
    expect(writesOf(drive)).toEqual([0, 16, 32, 48])
    expect(drive.of('read')).toBe(2)
  })

  test('however many requests touch a packet, it is written once a flush', async () => {
    const drive = new ModelDrive(32, 320)
    const engine = engineOf(drive)
    for (let i = 0; i < 64; i++) await engine.write(i * blockBytes, pattern(1, i), false)
    await engine.write(5 * blockBytes, pattern(1, 99), false)
    await engine.flush()
    expect(drive.of('read')).toBe(0)
    await engine.write(0, pattern(1, 100), false)
    await engine.flush()
    expect(writesOf(drive)).toEqual([0, 32, 0])
    expect(engine.stats()).toMatchObject({ packetsWritten: 3, packetsDirtied: 3, dirty: 0, waiting: 0 })
    expect(engine.stats().hottest).toEqual({ packet: 0, writes: 2 })
  })

  test('what makes no whole packet at the end can be read and not written', async () => {
    const drive = new ModelDrive(16, 40)
    const engine = engineOf(drive)
    expect(engine.sizeBytes).toBe(40 * blockBytes)
    expect((await engine.read(39 * blockBytes, blockBytes))[0]?.readUInt32BE(0)).toBe(39)
    expect(await codeOf(engine.write(32 * blockBytes, pattern(1, 1), false))).toBe(28)
    expect(await codeOf(engine.write(31 * blockBytes, pattern(2, 1), false))).toBe(28)
    expect(await codeOf(engine.write(31 * blockBytes, pattern(1, 1), false))).toBe('fine')
    expect(drive.violations).toEqual([])
  })
})

describe('requests that cannot be', () => {
  test.each([
    ['odd offset', 1, 2048, 22],
    ['odd length', 0, 100, 22],
    ['past the end', 320 * blockBytes, blockBytes, 28],
    ['over the end', 319 * blockBytes, 2 * blockBytes, 28],
    ['beyond what a number holds', 2 ** 63, blockBytes, 28],
  ])('%s', async (_, offset, length, write) => {
    const drive = new ModelDrive(32, 320)
    const engine = engineOf(drive)
    expect(await codeOf(engine.write(offset, Buffer.alloc(length), false))).toBe(write)
    expect(await codeOf(engine.read(offset, length))).toBe(22)
    expect(drive.calls).toEqual([])
  })

  test('read-only', async () => {
    const engine = engineOf(new ModelDrive(32, 320), { readOnly: true })
    expect(await codeOf(engine.write(0, pattern(32, 1), false))).toBe(1)
  })
})

describe('flush', () => {
  test('is SYNCHRONIZE CACHE after writes, and nothing without', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.flush()
    await engine.write(0, pattern(16, 1), false)
    await engine.flush()
    await engine.flush()
    expect(drive.calls.map((c) => c.call)).toEqual(['write', 'synchronize'])
    expect(engine.stats().dirty).toBe(0)
  })

  test('FUA synchronizes before it returns', async () => {
    const drive = new ModelDrive(16, 160)
    await engineOf(drive).write(0, pattern(16, 9), true)
    expect(drive.durable.subarray(0, 16 * blockBytes).equals(pattern(16, 9))).toBe(true)
  })

  test('asks the drive also when nothing was written, if it has an error to tell', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    drive.owesError = true
    drive.plan.synchronize = 0
    // It is about something that was on the medium, as the drive had said: there is nothing to write again.
    expect(await codeOf(engine.flush())).toBe(5)
    expect(drive.of('synchronize')).toBe(2)
    drive.owesError = false
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(drive.of('synchronize')).toBe(2)
  })

  test('a failure is told to that flush, and the next one tries again', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    drive.planned = new BlockError(5, 'no answer in time')
    await engine.write(0, pattern(16, 1), false)
    drive.plan.synchronize = 0
    expect(await codeOf(engine.flush())).toBe(5)
    expect(engine.stats().dirty).toBe(1)
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(drive.of('synchronize')).toBe(2)
    // Whether the drive still had it, nobody knows.
    expect(writesOf(drive)).toEqual([0, 0])
  })

  test('a write that the medium refuses is told to one flush, and only its packet is given up', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.write(0, pattern(48, 1), false)
    drive.plan.write = 1
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(writesOf(drive)).toEqual([0, 16, 32])
    expect(engine.losses).toMatchObject([{ lba: 16, blocks: 16, why: 'write fails as planned' }])
    expect(slice(drive.durable, 40).equals(slice(pattern(48, 1), 40))).toBe(true)
  })

  test('a write that fails on the way is tried again at the next flush', async () => {
    const drive = new ModelDrive(16, 160)
    drive.planned = new BlockError(5, 'no answer in time')
    const engine = engineOf(drive)
    await engine.write(0, pattern(16, 1), false)
    drive.plan.write = 0
    expect(await codeOf(engine.flush())).toBe(5)
    expect(engine.stats().waiting).toBe(1)
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(slice(drive.durable, 3).equals(slice(pattern(16, 1), 3))).toBe(true)
  })

  test('a drive that loses its cache is given again what is in ours, and nobody has lost anything', async () => {
    const drive = new ModelDrive(16, 160)
    const told: string[] = []
    const engine = engineOf(drive, { onFailure: (what: string) => told.push(what) })
    await engine.write(0, pattern(16, 1), false)
    drive.plan.synchronize = 0
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(writesOf(drive)).toEqual([0, 0])
    expect(told).toEqual(['keeping 1 packets, which are written again,'])
  })

  test('what neither memory nor a journal has any more is told to one flush', async () => {
    const drive = new ModelDrive(16, 160)
    // Of what is on the disc anyway, one packet is kept.
    const engine = engineOf(drive, { cleanBytes: 1 })
    await engine.write(0, pattern(48, 1), false)
    drive.plan.synchronize = 0
    expect(await codeOf(engine.flush())).toBe(5)
    expect(writesOf(drive)).toEqual([0, 16, 32, 32])
    expect(engine.stats().lastError).toContain('2 packets were lost with the drive')
    expect(await codeOf(engine.flush())).toBe('fine')
  })

  test('FUA puts its own packets on the medium and leaves the others', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.write(0, pattern(16, 1), false)
    await engine.write(32 * blockBytes, pattern(16, 2), true)
    expect(writesOf(drive)).toEqual([32])
    expect(engine.stats()).toMatchObject({ waiting: 1 })
  })

  test('a failure with nobody there waits for the next flush', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.write(0, pattern(16, 1), false)
    drive.planned = new BlockError(5, 'no answer in time')
    drive.plan.synchronize = 0
    await engine.settle()
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
  })
})

describe('a bad block', () => {
  test('fails only who asks for it; the rest of its packet is read', async () => {
    const drive = new ModelDrive(16, 160)
    drive.bad.add(20)
    const told: number[][] = []
    const engine = engineOf(drive, { onBadBlocks: (lba: number, blocks: number) => told.push([lba, blocks]) })
    expect((await engine.read(16 * blockBytes, 4 * blockBytes))[0]?.readUInt32BE(0)).toBe(16)
    expect(await codeOf(engine.read(20 * blockBytes, blockBytes))).toBe(5)
    expect((await engine.read(21 * blockBytes, blockBytes))[0]?.readUInt32BE(0)).toBe(21)
    expect(told).toEqual([[20, 1]])
    expect(await codeOf(engine.flush())).toBe('fine')
  })

  test('a packet with one can be overwritten whole, and not in part', async () => {
    const drive = new ModelDrive(16, 160)
    drive.bad.add(20)
    const engine = engineOf(drive)
    await engine.write(17 * blockBytes, pattern(1, 1), false)
    expect(await codeOf(engine.flush())).toBe(5)
    expect(writesOf(drive)).toEqual([])
    expect(await codeOf(engine.flush())).toBe('fine')
    await engine.write(16 * blockBytes, pattern(16, 2), false)
    expect(await codeOf(engine.flush())).toBe('fine')
    expect((await engine.read(20 * blockBytes, blockBytes))[0]?.equals(slice(pattern(16, 2), 4))).toBe(true)
  })
})

describe('memory', () => {
  const small = { dirtyBytes: 4 * 16 * blockBytes, cleanBytes: 2 * 16 * blockBytes }

  test('a long copy streams: each packet once, ascending, and never more in memory than allowed', async () => {
    const drive = new ModelDrive(16, 1600)
    const engine = engineOf(drive, small)
    let most = 0
    for (let at = 0; at < 1600; at += 5) {
      await engine.write(at * blockBytes, pattern(5, at), false)
      most = Math.max(most, engine.stats().waiting ?? 0)
    }
    expect(most).toBeLessThanOrEqual(4)
    await engine.flush()
    expect(writesOf(drive)).toEqual(Array.from({ length: 100 }, (_, i) => i * 16))
    expect(drive.of('read')).toBe(0)
  })

  test('a request larger than the memory is taken in parts', async () => {
    const drive = new ModelDrive(16, 1600)
    const engine = engineOf(drive, small)
    await engine.write(0, pattern(1600, 7), false)
    await engine.flush()
    expect(drive.durable.equals(pattern(1600, 7))).toBe(true)
    expect(drive.violations).toEqual([])
  })

  test('what is written to again and again stays, what is complete goes', async () => {
    const drive = new ModelDrive(16, 1600)
    const engine = engineOf(drive, { ...small, dirtyBytes: 16 * 16 * blockBytes })
    for (let at = 32; at < 1600; at += 16) {
      await engine.write(blockBytes, pattern(1, at), false)
      await engine.write(at * blockBytes, pattern(16, at), false)
    }
    await engine.flush()
    expect(writesOf(drive).filter((lba) => lba === 0)).toHaveLength(1)
  })

  test('packets written to in part wait until memory is full, and then go a few at a time', async () => {
    const drive = new ModelDrive(16, 1600)
    let time = 0
    const engine = engineOf(drive, { dirtyBytes: 32 * 16 * blockBytes, now: () => time++ })
    for (let packet = 0; packet < 32; packet++)
      await engine.write(packet * 16 * blockBytes, pattern(1, packet), false)
    await engine.write(blockBytes, pattern(1, 99), false)
    expect(writesOf(drive)).toEqual([])
    await engine.write(40 * 16 * blockBytes, pattern(1, 40), false)
    // Room for one, and a sixteenth of 32; the first was written to last.
    expect(writesOf(drive)).toEqual([16, 32, 48])
  })

  test('a drive that takes nothing any more ends a write as an error', async () => {
    const drive = new ModelDrive(16, 1600)
    drive.planned = new BlockError(5, 'no answer in time')
    const engine = engineOf(drive, small)
    drive.failAll = 'write'
    const codes = []
    for (let at = 0; at < 160; at += 16)
      codes.push(await codeOf(engine.write(at * blockBytes, pattern(16, 1), false)))
    expect(codes).toEqual(['fine', 'fine', 'fine', 'fine', 5, 5, 5, 5, 5, 5])
    expect(engine.stats().waiting).toBe(4)
  })

  test('reading ahead is by packet, and sequential reading is answered from memory', async () => {
    const drive = new ModelDrive(16, 1600)
    const engine = engineOf(drive)
    for (let at = 0; at < 320; at += 4) await engine.read(at * blockBytes, 4 * blockBytes)
    const reads = drive.calls.flatMap((c) => (c.call === 'read' ? [c] : []))
    expect(reads.every((c) => c.lba % 16 === 0 && c.blocks % 16 === 0)).toBe(true)
    expect(reads.length).toBeLessThan(12)
    expect(new Set(reads.map((c) => c.lba)).size).toBe(reads.length)
    expect(engine.stats().blocksFromMemory).toBeGreaterThan(250)
  })
})

const callsOf = (drive: ModelDrive) =>
  drive.calls.flatMap((c) => (c.call === 'write' ? [[c.lba, c.blocks]] : []))

test('packets that follow each other go out together, as many as the drive takes', async () => {
  const drive = new ModelDrive(16, 160)
  drive.packetsAtOnce = 3
  const engine = engineOf(drive)
  await engine.write(0, pattern(64, 1), false)
  await engine.write(96 * blockBytes, pattern(32, 2), false)
  await engine.flush()
  expect(callsOf(drive)).toEqual([
    [0, 48],
    [48, 16],
    [96, 32],
  ])
  expect(engine.stats()).toMatchObject({ packetsWritten: 6, dirty: 0 })
})

test('of packets that went out together and were refused each is tried alone, and one is given up', async () => {
  const drive = new ModelDrive(16, 160)
  drive.packetsAtOnce = 3
  const bad: number[] = []
  const engine = engineOf(drive, { onBadBlocks: (lba: number) => bad.push(lba) })
  const write = drive.writePackets.bind(drive)
  drive.writePackets = async (lba, packets) => {
    if (lba <= 16 && lba + packets.length * 16 > 16) drive.plan.write = 0
    await write(lba, packets)
  }
  await engine.write(0, pattern(48, 1), false)
  expect(await codeOf(engine.flush())).toBe(5)
  expect(bad).toEqual([16])
  expect(callsOf(drive)).toEqual([
    [0, 48],
    [0, 16],
    [16, 16],
    [32, 16],
  ])
  expect(await codeOf(engine.flush())).toBe('fine')
  expect(drive.durable.subarray(0, 16 * blockBytes).equals(pattern(48, 1).subarray(0, 16 * blockBytes))).toBe(
    true,
  )
  expect(
    drive.durable.subarray(32 * blockBytes, 48 * blockBytes).equals(pattern(48, 1).subarray(32 * blockBytes)),
  ).toBe(true)
})

test('a way to the drive that fails leaves all of them dirty, for the next flush', async () => {
  const drive = new ModelDrive(16, 160)
  drive.packetsAtOnce = 3
  drive.planned = new BlockError(5, 'no answer in time')
  drive.plan.write = 0
  const engine = engineOf(drive)
  await engine.write(0, pattern(48, 1), false)
  expect(await codeOf(engine.flush())).toBe(5)
  expect(engine.stats()).toMatchObject({ dirty: 3 })
  expect(await codeOf(engine.flush())).toBe('fine')
  expect(drive.durable.subarray(0, 48 * blockBytes).equals(pattern(48, 1))).toBe(true)
})

test('what is trimmed is not written', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = engineOf(drive)
  await engine.write(0, pattern(48, 1), false)
  await engine.trim(8 * blockBytes, 30 * blockBytes)
  await engine.flush()
  expect(writesOf(drive)).toEqual([0, 32])
})

test('a disc that has gone: everything is refused at once', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = engineOf(drive)
  await engine.write(0, pattern(16, 1), false)
  await engine.abandon('pulled out')
  for (const request of [engine.read(0, blockBytes), engine.write(0, pattern(1, 1), false), engine.flush()])
    expect(await codeOf(request)).toBe(5)
  expect(drive.calls).toEqual([])
})

test('what was read does not change when its packet is written next', async () => {
  const engine = engineOf(new ModelDrive(16, 160))
  await engine.write(0, pattern(1, 1), false)
  const [piece] = await engine.read(0, blockBytes)
  await engine.write(0, pattern(1, 2), false)
  expect(piece?.equals(pattern(1, 1))).toBe(true)
})

test('a packet overwritten whole is not remembered as it was', async () => {
  const engine = engineOf(new ModelDrive(16, 160))
  await engine.write(0, pattern(1, 1), false)
  await engine.write(0, pattern(16, 2), false)
  expect((await engine.read(0, blockBytes))[0]?.equals(pattern(16, 2).subarray(0, blockBytes))).toBe(true)
  await engine.write(blockBytes, pattern(1, 3), false)
  expect((await engine.read(0, blockBytes))[0]?.equals(pattern(16, 2).subarray(0, blockBytes))).toBe(true)
})

type Step =
  | { do: 'write'; at: number; blocks: number; fua: boolean }
  | { do: 'read'; at: number; blocks: number }
  | { do: 'flush' }
  | { do: 'fail'; call: 'write' | 'read' | 'synchronize'; after: number }

const blocks = 70
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: request('write') },
  { weight: 4, arbitrary: request('read') },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'flush' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      call: fc.constantFrom('write' as const, 'read' as const, 'synchronize' as const),
      after: fc.nat(3),
    }),
  },
)

function request(what: 'read' | 'write'): fc.Arbitrary<Step> {
  // Small ones, long ones, and runs of 16 that begin where packets do.
  const extent = fc.oneof(
    fc.tuple(fc.nat(blocks - 1), fc.integer({ min: 1, max: 4 })),
    fc.tuple(fc.nat(blocks - 1), fc.integer({ min: 1, max: blocks })),
    fc.tuple(
      fc.nat(3).map((n) => n * 16),
      fc.constantFrom(16, 32),
    ),
  )
  return fc.tuple(extent, fc.boolean()).map(([[at, length], fua]) => {
    const count = Math.min(length, blocks - at)
    return what === 'read' ? { do: 'read', at, blocks: count } : { do: 'write', at, blocks: count, fua }
  })
}

test('any requests in flight at once: as a plain disk would, durable after flush, errors told', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom(4, 16, 32),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, packetBlocks, pieceBlocks, packetsInMemory, packetsAtOnce) => {
        const drive = new ModelDrive(packetBlocks, blocks)
        drive.packetsAtOnce = packetsAtOnce
        drive.pieceBlocks = pieceBlocks
        const whole = Math.floor(blocks / packetBlocks) * packetBlocks
        /** The plain disk. Since when blocks are not certain any more is in `refused`: the medium did not take their packet. */
        const disk = Buffer.from(drive.content)
        const refused = new Map<number, number>()
        let time = 0
        const engine = engineOf(drive, {
          dirtyBytes: packetsInMemory * packetBlocks * blockBytes,
          cleanBytes: packetBlocks * blockBytes,
          onBadBlocks: (lba: number, count: number) => {
            if (count < packetBlocks) return
            for (let b = lba; b < lba + count; b++) refused.set(b, ++time)
          },
        })
        const known = (from: number, count: number) =>
          Array.from({ length: count }, (_, i) => from + i).filter((b) => !refused.has(b))
        const pending: Promise<unknown>[] = []
        let seed = 0
        for (const s of steps) {
          if (s.do === 'fail') {
            // Errors are planned for a quiet moment, so that it is certain whom they meet.
            await Promise.all(pending.splice(0))
            drive.plan = { [s.call]: s.after }
          } else if (s.do === 'read') {
            const expected = Buffer.from(disk)
            pending.push(
              engine.read(s.at * blockBytes, s.blocks * blockBytes).then(
                (pieces) => {
                  const data = Buffer.concat([...pieces])
                  expect(data.length).toBe(s.blocks * blockBytes)
                  for (const b of known(s.at, s.blocks)) {
                    const at = (b - s.at) * blockBytes
                    expect(data.subarray(at, at + blockBytes).equals(slice(expected, b))).toBe(true)
                  }
                },
                (e) => expect(e).toBeInstanceOf(BlockError),
              ),
            )
            // What is written next may be seen by it or not.
            await Promise.all(pending.splice(0))
          } else if (s.do === 'write') {
            const data = pattern(s.blocks, ++seed)
            if (s.at + s.blocks > whole) {
              pending.push(
                expect(engine.write(s.at * blockBytes, data, s.fua)).rejects.toMatchObject({ errno: 28 }),
              )
              continue
            }
            data.copy(disk, s.at * blockBytes)
            const began = ++time
            pending.push(
              engine.write(s.at * blockBytes, data, s.fua).then(
                () => {
                  for (let b = s.at; b < s.at + s.blocks; b++)
                    if ((refused.get(b) ?? 0) < began) refused.delete(b)
                },
                () => {
                  for (let b = s.at; b < s.at + s.blocks; b++) refused.set(b, ++time)
                },
              ),
            )
          } else {
            await Promise.all(pending.splice(0))
            if ((await codeOf(engine.flush())) !== 'fine') continue
            for (const b of known(0, blocks))
              expect(slice(drive.durable, b).equals(slice(disk, b))).toBe(true)
          }
        }
        await Promise.all(pending)
        drive.plan = {}
        await codeOf(engine.flush())
        expect(await codeOf(engine.flush())).toBe('fine')
        for (const b of known(0, blocks)) expect(slice(drive.durable, b).equals(slice(disk, b))).toBe(true)
        expect(drive.violations).toEqual([])
        expect(engine.stats()).toMatchObject({ dirty: 0, waiting: 0 })
      },
    ),
    { numRuns: 400 },
  )
})

const slice = (of: Buffer, block: number): Buffer => of.subarray(block * blockBytes, (block + 1) * blockBytes)
