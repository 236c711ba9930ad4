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

describe('whole packets only', () => {
  test('a whole packet is written as it is, without reading', async () => {
    const drive = new ModelDrive(32, 320)
    await engineOf(drive).write(32 * blockBytes, pattern(32, 1), false)
    expect(drive.calls).toEqual([{ call: 'write', lba: 32, blocks: 32 }])
  })

  test('a part is completed by reading its packet', async () => {
    const drive = new ModelDrive(16, 160)
    await engineOf(drive).write(18 * blockBytes, pattern(1, 1), false)
    expect(drive.calls).toEqual([
      { call: 'read', lba: 16, blocks: 16 },
      { call: 'write', lba: 16, blocks: 16 },
    ])
    expect(drive.content.readUInt32BE(17 * blockBytes)).toBe(17)
    expect(slice(drive.content, 18).equals(pattern(1, 1))).toBe(true)
    expect(drive.content.readUInt32BE(19 * blockBytes)).toBe(19)
  })

  test('a request over several packets writes them ascending and reads only the ragged ends', async () => {
    const drive = new ModelDrive(16, 160)
    await engineOf(drive).write(8 * blockBytes, pattern(48, 3), false)
    const writes = drive.calls.filter((c) => c.call === 'write').map((c) => ('lba' in c ? c.lba : -1))
    expect(writes).toEqual([0, 16, 32, 48])
    expect(drive.of('read')).toBe(2)
  })

  test('consecutive 2 KiB writes read their packet once', async () => {
    const drive = new ModelDrive(32, 320)
    const engine = engineOf(drive)
    for (let i = 0; i < 64; i++) await engine.write(i * blockBytes, pattern(1, i), false)
    expect(drive.of('read')).toBe(2)
    expect(engine.stats()).toMatchObject({ packetsRead: 2, packetsWritten: 64, dirty: 64 })
    expect(engine.stats().hottest).toEqual({ packet: 0, writes: 32 })
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
    expect(await codeOf(engine.flush())).toBe(5)
    drive.owesError = false
    expect(await codeOf(engine.flush())).toBe('fine')
  })

  test('a failure is told to that flush, and the next one tries again', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.write(0, pattern(16, 1), false)
    drive.plan.synchronize = 0
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
    expect(drive.of('synchronize')).toBe(2)
  })

  test('a failed write is told to its request and to one later flush', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    drive.plan.write = 0
    expect(await codeOf(engine.write(0, pattern(16, 1), false))).toBe(5)
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
  })

  test('a failed FUA synchronize is told to its request and to one later flush', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    drive.plan.synchronize = 0
    expect(await codeOf(engine.write(0, pattern(16, 1), true))).toBe(5)
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
  })

  test('a failure with nobody there waits for the next flush', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    await engine.write(0, pattern(16, 1), false)
    drive.plan.synchronize = 0
    await engine.settle()
    expect(await codeOf(engine.flush())).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
  })

  test('a failed read is nobody else’s business', async () => {
    const drive = new ModelDrive(16, 160)
    const engine = engineOf(drive)
    drive.plan.read = 0
    expect(await codeOf(engine.read(0, blockBytes))).toBe(5)
    expect(await codeOf(engine.flush())).toBe('fine')
  })
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

test('after an error the packet is read again', async () => {
  const drive = new ModelDrive(16, 160)
  const engine = engineOf(drive)
  await engine.write(0, pattern(1, 1), false)
  drive.plan.write = 0
  await codeOf(engine.write(blockBytes, pattern(1, 2), false))
  await engine.write(2 * blockBytes, pattern(1, 3), false)
  expect(drive.of('read')).toBe(2)
})

test('a drive that crawls ends as an error, not as a hang', async () => {
  let time = 0
  const drive = new ModelDrive(16, 160)
  const engine = new PacketEngine(drive, {
    now: () => {
      time += 70_000
      return time
    },
  })
  expect(await codeOf(engine.write(0, pattern(160, 1), false))).toBe(5)
  expect(drive.of('write')).toBeLessThan(10)
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
      async (steps, packetBlocks, pieceBlocks) => {
        const drive = new ModelDrive(packetBlocks, blocks)
        drive.pieceBlocks = pieceBlocks
        const engine = engineOf(drive)
        const whole = Math.floor(blocks / packetBlocks) * packetBlocks
        /** The plain disk; blocks whose content is not certain are in `unknown`. */
        const disk = Buffer.from(drive.content)
        const unknown = new Set<number>()
        const known = (from: number, count: number) =>
          Array.from({ length: count }, (_, i) => from + i).filter((b) => !unknown.has(b))
        const pending: Promise<void>[] = []
        let seed = 0
        for (const s of steps) {
          if (s.do === 'fail') {
            // Errors are planned for a quiet moment, so that it is certain whom they meet.
            await Promise.all(pending.splice(0))
            drive.plan = { [s.call]: s.after }
          } else if (s.do === 'read') {
            const expected = Buffer.from(disk)
            const sure = known(s.at, s.blocks)
            pending.push(
              engine.read(s.at * blockBytes, s.blocks * blockBytes).then(
                (pieces) => {
                  const data = Buffer.concat([...pieces])
                  expect(data.length).toBe(s.blocks * blockBytes)
                  for (const b of sure.filter((b) => !unknown.has(b))) {
                    const at = (b - s.at) * blockBytes
                    expect(data.subarray(at, at + blockBytes).equals(slice(expected, b))).toBe(true)
                  }
                },
                (e) => expect(e).toBeInstanceOf(BlockError),
              ),
            )
          } else if (s.do === 'write') {
            const data = pattern(s.blocks, ++seed)
            if (s.at + s.blocks > whole) {
              pending.push(
                expect(engine.write(s.at * blockBytes, data, s.fua)).rejects.toMatchObject({ errno: 28 }),
              )
              continue
            }
            data.copy(disk, s.at * blockBytes)
            const first = Math.floor(s.at / packetBlocks) * packetBlocks
            const last = Math.ceil((s.at + s.blocks) / packetBlocks) * packetBlocks
            if (Object.keys(drive.plan).length > 0) await Promise.all(pending.splice(0))
            const wrote = engine.write(s.at * blockBytes, data, s.fua).then(
              () => {
                for (let b = s.at; b < s.at + s.blocks; b++) unknown.delete(b)
              },
              () => {
                for (let b = first; b < last; b++) unknown.add(b)
              },
            )
            if (Object.keys(drive.plan).length > 0) await wrote
            else pending.push(wrote)
          } else {
            await Promise.all(pending.splice(0))
            const ok = await engine.flush().then(
              () => true,
              () => false,
            )
            if (ok)
              for (const b of known(0, blocks))
                expect(slice(drive.durable, b).equals(slice(disk, b))).toBe(true)
          }
        }
        await Promise.all(pending)
        for (const b of known(0, blocks)) expect(slice(drive.content, b).equals(slice(disk, b))).toBe(true)
        expect(drive.violations).toEqual([])
        drive.plan = {}
        await codeOf(engine.flush())
        expect(await codeOf(engine.flush())).toBe('fine')
      },
    ),
    { numRuns: 150 },
  )
})

const slice = (of: Buffer, block: number): Buffer => of.subarray(block * blockBytes, (block + 1) * blockBytes)
