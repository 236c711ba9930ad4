// Reading blocks: cut by the transport's limit, and a READ that a drive ends short with status GOOD.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBlocks } from '../../src/mmc/read-blocks.ts'
import { writeBlocksCommand } from '../../src/mmc/read-write.ts'
import { type Command, type Reply, type Transport, TransportError } from '../../src/mmc/transport.ts'
import { WaryTransport } from '../../src/mmc/wary.ts'
import { Disc, Drive } from '../drive/index.ts'
import { fuzz } from '../nbd/seed.ts'
import { pattern } from '../packet/model.ts'
import { ScriptedTransport } from './script.ts'

describe('readBlocks', () => {
  test('one command when it fits', async () => {
    const data = Buffer.alloc(65_536, 7)
    const transport = new ScriptedTransport([data])
    expect(await readBlocks(transport, 64, 32)).toEqual(data)
    expect(transport.sent).toHaveLength(1)
  })

  test('split at the transport’s limit, put together in order', async () => {
    const transport = new ScriptedTransport([
      Buffer.alloc(32_768, 1),
      Buffer.alloc(32_768, 2),
      Buffer.alloc(2048, 3),
    ])
    transport.maxTransferBytes = 33_000
    const data = await readBlocks(transport, 100, 33)
    expect(transport.sent.map((c) => [c.cdb[5], c.cdb[8], c.dataIn])).toEqual([
      [100, 16, 32_768],
      [116, 16, 32_768],
      [132, 1, 2048],
    ])
    expect([data.length, data[0], data[32_768], data[65_536]]).toEqual([67_584, 1, 2, 3])
  })

  test('a reply that comes short is an error, never half a packet', async () => {
    const transport = new ScriptedTransport([Buffer.alloc(2048)])
    await expect(readBlocks(transport, 0, 2)).rejects.toThrow('sr0: READ (10): 2048 of 4096 bytes came')
  })
})

const blockBytes = 2048
const size = 256
const opcodes = { read: 0x28 }

/** A drive behind an interface that reports no residue: what does not come is filled with what is left over. Counts READs. */
function sg(contents: Buffer) {
  const disc = new Disc({ kind: 'dvd-ram', blocks: size })
  disc.put(0, contents)
  const drive = new Drive()
  drive.insert(disc)
  while (drive.attention.next() !== undefined);
  const reads: number[] = []
  const padded = drive.transport({ shortReplies: 'padded' })
  const counted: Transport = {
    ...padded,
    execute: (command: Command): Promise<Reply> => {
      if (command.cdb[0] === opcodes.read) reads.push(Buffer.from(command.cdb).readUInt16BE(7))
      return padded.execute(command)
    },
  }
  return { drive, disc, reads, transport: new WaryTransport(counted) }
}

const isShort = (error: unknown): true => {
  if (error instanceof TransportError && error.reason === 'host') return true
  throw error
}

describe('a READ that ends short with GOOD, and no residue that could be seen', () => {
  test.each([16, 32, 60])('of %i blocks: an error, and then the data', async (count) => {
    const contents = pattern(size, 1)
    const { drive, transport, reads } = sg(contents)
    await readBlocks(transport, 128, count)
    expect(reads).toEqual([count])
    drive.faults.failCommand(opcodes.read, 'residue')
    await expect(readBlocks(transport, 0, count)).rejects.toThrow(/were not the same twice/)
    expect((await readBlocks(transport, 0, count)).equals(contents.subarray(0, count * blockBytes))).toBe(
      true,
    )
  })

  test('after a WRITE, whose data is what is left over', async () => {
    const { drive, transport } = sg(pattern(size, 1))
    await transport.execute(writeBlocksCommand(0, [pattern(16, 2)]))
    drive.faults.failCommand(opcodes.read, 'residue')
    await expect(readBlocks(transport, 32, 16)).rejects.toBeInstanceOf(TransportError)
  })

  test('after a READ that failed, which may have left anything', async () => {
    const { drive, transport, reads } = sg(pattern(size, 1))
    drive.faults.failSector(40, 'read', {}, 1)
    await expect(readBlocks(transport, 32, 16)).rejects.toThrow(/3\/11\/00/)
    reads.length = 0
    await readBlocks(transport, 64, 16)
    expect(reads).toEqual([16, 8, 8])
    await readBlocks(transport, 96, 16)
    expect(reads).toEqual([16, 8, 8, 16])
  })

  test('one block, and the first of the disc', async () => {
    const contents = Buffer.alloc(size * blockBytes)
    const { transport, reads } = sg(contents)
    expect(await readBlocks(transport, 5, 1)).toEqual(Buffer.alloc(blockBytes))
    expect(reads).toEqual([1, 2])
    expect(await readBlocks(transport, 0, 1)).toEqual(Buffer.alloc(blockBytes))
  })

  test('what is not in doubt costs nothing: one READ for each', async () => {
    const { transport, reads } = sg(pattern(size, 3))
    for (let lba = 0; lba + 60 <= size; lba += 60) await readBlocks(transport, lba, 60)
    for (let lba = 0; lba < size; lba += 16) await readBlocks(transport, lba, 16)
    expect(reads).toHaveLength(4 + 16)
  })

  test('whatever is read and written, and whenever it is short: never other data than the disc’s', async () => {
    /** Some zeros, some blocks alike, the rest different: ends of all three kinds. */
    const contents = fc.array(fc.constantFrom('zeros', 'alike', 'own'), { minLength: size, maxLength: size })
    const step = fc.record({
      what: fc.constantFrom('read', 'read', 'read', 'write'),
      at: fc.nat(size - 1),
      count: fc.integer({ min: 1, max: 60 }),
      short: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(contents, fc.array(step, { maxLength: 25 }), async (kinds, steps) => {
        const own = pattern(size, 7)
        const block = (kind: string, i: number): Buffer =>
          kind === 'own'
            ? own.subarray(i * blockBytes, (i + 1) * blockBytes)
            : Buffer.alloc(blockBytes, kind === 'zeros' ? 0 : 9)
        const { drive, disc, transport } = sg(Buffer.concat(kinds.map(block)))
        for (const { what, at, count, short } of steps) {
          if (what === 'write') {
            await transport.execute(writeBlocksCommand(at - (at % 16), [pattern(16, at)]))
            continue
          }
          const blocks = Math.min(count, size - at)
          if (short) drive.faults.failCommand(opcodes.read, 'residue')
          const read = await readBlocks(transport, at, blocks).catch(isShort)
          drive.faults.clear()
          await transport.execute({ cdb: Buffer.from('35000000000000000000', 'hex') })
          if (read !== true) expect(read.equals(disc.read(at, blocks)), `${blocks} from ${at}`).toBe(true)
        }
      }),
      fuzz(150),
    )
  })
})
