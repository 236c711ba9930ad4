// A packet that the medium refuses when the drive's cache is emptied: it is found and given up, once, and nothing else suffers for it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import type { PacketEngineOptions } from '../../src/packet/engine-options.ts'
import { BlockError } from '../../src/packet/error.ts'
import { Journal } from '../../src/packet/journal.ts'
import { readJournal } from '../../src/packet/recovery.ts'
import { MemoryStore } from './memory-store.ts'
import { ModelDrive, pattern } from './model.ts'

const packetBytes = 16 * blockBytes
const codeOf = (p: Promise<unknown>): Promise<number | 'fine'> =>
  p.then(
    () => 'fine' as const,
    (e) => (e instanceof BlockError ? e.errno : -1),
  )

function engineOn(drive: ModelDrive, options: Partial<PacketEngineOptions> = {}) {
  const store = new MemoryStore()
  const journal = new Journal(store, { state: () => ({}) })
  const bad: number[] = []
  const engine = new PacketEngine(drive, {
    now: () => 0,
    journal,
    onBadBlocks: (lba) => bad.push(lba / 16),
    ...options,
  })
  return { engine, store, journal, bad }
}

const timesWritten = (drive: ModelDrive, packet: number): number =>
  drive.calls.filter((c) => c.call === 'write' && c.lba <= packet * 16 && packet * 16 < c.lba + c.blocks)
    .length

const onMedium = (drive: ModelDrive, packet: number): Buffer =>
  drive.durable.subarray(packet * packetBytes, (packet + 1) * packetBytes)

const exact = (lba: number) => lba

describe.each(['kept', 'dropped', 'written'] as const)('the rest of the cache is %s', (afterRefusal) => {
  test('two packets, the bad one is named', async () => {
    const drive = new ModelDrive(16, 1600)
    Object.assign(drive, { afterRefusal, names: exact })
    drive.refused.add(512)
    const { engine, journal, bad } = engineOn(drive)
    await engine.write(512 * blockBytes, pattern(16, 1), false)
    await engine.write(640 * blockBytes, pattern(16, 2), false)
    expect(await codeOf(engine.flushToMedium())).toBe(5)
    expect(await codeOf(engine.flushToMedium())).toBe('fine')
    expect(onMedium(drive, 40).equals(pattern(16, 2))).toBe(true)
    expect(timesWritten(drive, 32)).toBe(2)
    expect(timesWritten(drive, 40)).toBe(2)
    expect(bad).toEqual([32])
    expect(engine.losses).toMatchObject([{ lba: 512, blocks: 16, why: '3/0C/00 write error' }])
    expect(engine.stats().dirty).toBe(0)
    await engine.flushToMedium()
    expect(journal.bytes).toBeLessThan(packetBytes)
  })

  test.each([
    ['named', exact],
    ['not named', () => undefined],
    ['another address of nobody', () => 7],
  ] as const)(
    'three of sixty, %s: only they are given up, and nothing is written often',
    async (_, names) => {
      const drive = new ModelDrive(16, 1600)
      Object.assign(drive, { afterRefusal, names, packetsAtOnce: 3 })
      for (const packet of [20, 21, 55]) drive.refused.add(packet * 16)
      const { engine, bad } = engineOn(drive)
      await engine.write(10 * packetBytes, pattern(60 * 16, 1), false)
      expect(await codeOf(engine.flushToMedium())).toBe(5)
      expect(await codeOf(engine.flushToMedium())).toBe('fine')
      expect(bad.sort((a, b) => a - b)).toEqual([20, 21, 55])
      for (let packet = 10; packet < 70; packet++) {
        expect(timesWritten(drive, packet)).toBeLessThanOrEqual(9)
        if (bad.includes(packet)) continue
        expect(
          onMedium(drive, packet).equals(
            pattern(60 * 16, 1).subarray((packet - 10) * packetBytes, (packet - 9) * packetBytes),
          ),
        ).toBe(true)
      }
      expect(engine.stats().dirty).toBe(0)
    },
  )
})

test('a scratch: a drive that reports one packet at a time is asked as often as there are packets', async () => {
  const drive = new ModelDrive(16, 1600)
  drive.names = exact
  for (let packet = 20; packet < 60; packet++) drive.refused.add(packet * 16)
  const { engine, bad } = engineOn(drive)
  await engine.write(10 * packetBytes, pattern(60 * 16, 1), false)
  expect(await codeOf(engine.flushToMedium())).toBe(5)
  expect(await codeOf(engine.flushToMedium())).toBe('fine')
  expect(bad).toHaveLength(40)
  expect(engine.stats().dirty).toBe(0)
})

test('once is not enough: a packet that the medium takes the second time is written, and nobody is told', async () => {
  const drive = new ModelDrive(16, 1600)
  drive.names = (lba) => {
    drive.refused.clear()
    return lba
  }
  drive.refused.add(512)
  const { engine, bad } = engineOn(drive)
  await engine.write(512 * blockBytes, pattern(16, 1), false)
  expect(await codeOf(engine.flushToMedium())).toBe('fine')
  expect([bad, engine.losses]).toEqual([[], []])
  expect(onMedium(drive, 32).equals(pattern(16, 1))).toBe(true)
})

test('a drive that goes on failing with nothing new in its cache: no good packet is given up for that', async () => {
  const drive = new ModelDrive(16, 1600)
  drive.afterRefusal = 'stuck'
  drive.refused.add(512)
  const { engine, bad } = engineOn(drive)
  await engine.write(480 * blockBytes, pattern(32, 1), false)
  await engine.write(512 * blockBytes, pattern(48, 1), false)
  for (let i = 0; i < 5; i++) expect(await codeOf(engine.flushToMedium())).toBe(5)
  expect([bad, engine.losses]).toEqual([[], []])
  expect(engine.stats().dirty).toBe(5)
  drive.afterRefusal = 'kept'
  expect(await codeOf(engine.flushToMedium())).toBe(5)
  expect(await codeOf(engine.flushToMedium())).toBe('fine')
  expect(bad).toEqual([32])
})

test('what is written to the packet while it is being given up stays, for its own try', async () => {
  const drive = new ModelDrive(16, 1600)
  drive.names = exact
  drive.refused.add(512)
  const { engine, store } = engineOn(drive, {
    onGivenUp: async () => {
      drive.refused.clear()
      await engine.write(513 * blockBytes, pattern(1, 9), false)
      return undefined
    },
  })
  await engine.write(512 * blockBytes, pattern(16, 1), false)
  expect(await codeOf(engine.flushToMedium())).toBe(5)
  const { blocks } = readJournal(store.files())
  expect(blocks.map(({ lba, data }) => [lba, data.length / blockBytes])).toEqual([[513, 1]])
  expect(await codeOf(engine.flushToMedium())).toBe('fine')
  expect(drive.durable.subarray(513 * blockBytes, 514 * blockBytes).equals(pattern(1, 9))).toBe(true)
})

test('without a place for the copy, where there has to be one, the packet stays', async () => {
  const drive = new ModelDrive(16, 1600)
  drive.refused.add(512)
  let full = true
  const { engine } = engineOn(drive, {
    onGivenUp: async () => {
      if (full) throw new Error('ENOSPC')
      return '/kept'
    },
  })
  await engine.write(512 * blockBytes, pattern(16, 1), false)
  await expect(engine.flushToMedium()).rejects.toThrow('no copy of it can be kept: ENOSPC')
  expect(engine.stats().dirty).toBe(1)
  expect(engine.losses).toEqual([])
  full = false
  expect(await codeOf(engine.flushToMedium())).toBe(5)
  expect(engine.losses).toMatchObject([{ lba: 512, kept: '/kept' }])
  expect(engine.stats().dirty).toBe(0)
})

describe('a loss that no flush has reported', () => {
  async function lose() {
    const drive = new ModelDrive(16, 1600)
    drive.refused.add(512)
    const { engine, store } = engineOn(drive, { flush: 'journal' })
    await engine.write(512 * blockBytes, pattern(16, 1), false)
    await engine.write(640 * blockBytes, pattern(16, 2), false)
    await engine.settle()
    return { drive, engine, store }
  }
  /** The engine that comes after one that died. */
  function next(drive: ModelDrive, store: MemoryStore, files = store.files()) {
    const { blocks, untold, nextSegment, nextSequence, existing } = readJournal(files)
    const journal = new Journal(store, {
      ...{ state: () => ({}), firstSegment: nextSegment, firstSequence: nextSequence, existing, untold },
    })
    const engine = new PacketEngine(drive, { now: () => 0, flush: 'journal', journal })
    engine.restore(blocks, untold)
    return { engine, untold, blocks }
  }

  test('is reported by the first flush of the next engine, and by no other after it', async () => {
    const { drive, store } = await lose()
    const second = next(drive, store)
    expect(second.untold).toMatchObject([{ lba: 512, blocks: 16 }])
    expect(second.engine.losses).toHaveLength(1)
    expect(second.blocks).toEqual([])
    // That one dies, too, before it was asked.
    const third = next(drive, store)
    expect(await codeOf(third.engine.flush())).toBe(5)
    expect(await codeOf(third.engine.flush())).toBe('fine')
    const fourth = next(drive, store)
    expect(await codeOf(fourth.engine.flush())).toBe('fine')
  })

  test('survives a power cut, also when everything else is on the medium', async () => {
    const { drive, engine, store } = await lose()
    await engine.write(640 * blockBytes, pattern(16, 3), false)
    await engine.settle()
    for (let i = 0; i < 20; i++) {
      const { untold } = readJournal(store.afterPowerCut(Math.random))
      expect(untold).toHaveLength(1)
    }
    expect(drive.durable.subarray(640 * blockBytes, 656 * blockBytes).equals(pattern(16, 3))).toBe(true)
  })

  test('is in every file that is begun after it', async () => {
    const { drive, engine, store } = await lose()
    for (let i = 0; i < 200; i++) await engine.write((i % 30) * packetBytes, pattern(16, i), false)
    const files = store.files()
    expect(files.length).toBeGreaterThan(1)
    expect(next(drive, store, files.slice(1)).untold).toHaveLength(1)
  })
})

test('a part of a packet whose rest the medium does not give is a loss of that part, and the journal forgets no more', async () => {
  const drive = new ModelDrive(16, 1600)
  drive.bad.add(520)
  const { engine, store } = engineOn(drive)
  await engine.write(500 * blockBytes, pattern(16, 1), false)
  expect(await codeOf(engine.flushToMedium())).toBe(5)
  expect(engine.losses).toMatchObject([{ lba: 512, blocks: 16 }])
  expect(
    drive.durable
      .subarray(500 * blockBytes, 512 * blockBytes)
      .equals(pattern(16, 1).subarray(0, 12 * blockBytes)),
  ).toBe(true)
  expect(readJournal(store.files()).blocks).toEqual([])
})

test('any packets, any of them bad: each bad one is lost once, each good one is on the medium, one flush fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(29), { minLength: 1, maxLength: 30 }),
      fc.uniqueArray(fc.nat(29), { maxLength: 12 }),
      fc.constantFrom('kept' as const, 'dropped' as const, 'written' as const),
      fc.constantFrom(
        exact,
        () => undefined,
        (lba: number) => lba + 16,
        () => 1e6,
      ),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (written, badOnes, afterRefusal, names, packetsAtOnce, hasJournal) => {
        const drive = new ModelDrive(16, 480)
        Object.assign(drive, { afterRefusal, names, packetsAtOnce })
        for (const packet of badOnes) drive.refused.add(packet * 16)
        const { engine } = engineOn(drive, {
          ...(hasJournal ? { cleanBytes: packetBytes } : { journal: undefined, cleanBytes: 1e8 }),
        } as Partial<PacketEngineOptions>)
        for (const packet of written) await engine.write(packet * packetBytes, pattern(16, packet), false)
        const lost = written.filter((packet) => badOnes.includes(packet)).sort((a, b) => a - b)
        expect(await codeOf(engine.flushToMedium())).toBe(lost.length > 0 ? 5 : 'fine')
        expect(await codeOf(engine.flushToMedium())).toBe('fine')
        expect(engine.losses.map(({ lba }) => lba / 16).sort((a, b) => a - b)).toEqual(lost)
        expect(engine.stats().dirty).toBe(0)
        for (const packet of written) {
          expect(timesWritten(drive, packet)).toBeLessThanOrEqual(16)
          if (!lost.includes(packet)) expect(onMedium(drive, packet).equals(pattern(16, packet))).toBe(true)
        }
        expect(drive.violations).toEqual([])
      },
    ),
    { numRuns: 100 },
  )
})

test('a part of a packet that is written while the packet is given up waits for its turn; what is not known is not written', async () => {
  const drive = new ModelDrive(16, 160)
  drive.bad.add(5)
  let meanwhile: Promise<unknown> | undefined
  const { engine } = engineOn(drive, {
    onFailure: () => {
      meanwhile ??= engine.write(9 * blockBytes, pattern(1, 2), false)
    },
  })
  await engine.write(0, pattern(1, 1), false)
  expect(await codeOf(engine.flush())).toBe(5)
  await meanwhile
  expect(timesWritten(drive, 0)).toBe(0)
  drive.bad.clear()
  expect(await codeOf(engine.flush())).toBe('fine')
  const [second, tenth] = [1, 9].map((at) =>
    onMedium(drive, 0).subarray(at * blockBytes, (at + 1) * blockBytes),
  )
  expect(second?.readUInt32BE(0)).toBe(1)
  expect(tenth?.equals(pattern(1, 2))).toBe(true)
})
