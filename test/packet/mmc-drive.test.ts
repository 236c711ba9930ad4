import { describe, expect, test } from 'vitest'
import { readDiscInformation } from '../../src/mmc/disc-information.ts'
import { getMediaEvent } from '../../src/mmc/events.ts'
import { modeSelect, modeSense } from '../../src/mmc/mode.ts'
import { opcode } from '../../src/mmc/opcodes.ts'
import { getWriteSpeeds, setCdSpeed, setStreaming } from '../../src/mmc/performance.ts'
import { preventMediumRemoval, testUnitReady } from '../../src/mmc/unit-control.ts'
import { AttentiveTransport } from '../../src/packet/attention.ts'
import { blockBytes } from '../../src/packet/drive.ts'
import { BlockError, isAnswer, isMediumError } from '../../src/packet/error.ts'
import { MmcDrive } from '../../src/packet/mmc-drive.ts'
import { ScriptedTransport, StillClock } from './scripted.ts'

const { read10, write10, synchronizeCache } = opcode
const packet = Buffer.alloc(32 * blockBytes, 7)

function make(maxTransferBytes?: number) {
  const transport = new ScriptedTransport(maxTransferBytes)
  const attentive = new AttentiveTransport(transport)
  const clock = new StillClock()
  let prepared = 0
  const drive = new MmcDrive(attentive, {
    packetBlocks: 32,
    blocks: 320,
    clock,
    prepareAgain: async () => {
      prepared++
    },
  })
  const writes = () => transport.sent.filter((o) => o === write10).length
  return { transport, attentive, clock, drive, writes, prepared: () => prepared }
}

const errorOf = (p: Promise<unknown>): Promise<BlockError> =>
  p.then(
    () => {
      throw new Error('it did not fail')
    },
    (e) => {
      expect(e).toBeInstanceOf(BlockError)
      return e
    },
  )

test.each([
  [16, 120, true, 3],
  [16, 120, false, 1],
  [32, 120, true, 1],
  [32, 240, true, 3],
])(
  'packets of %i blocks, transfers of %i KiB, several at once %s: %i with one WRITE',
  (packetBlocks, kib, severalAtOnce, n) => {
    const transport = new ScriptedTransport(kib * 1024)
    const drive = new MmcDrive(new AttentiveTransport(transport), {
      packetBlocks,
      blocks: 320,
      clock: new StillClock(),
      severalAtOnce,
    })
    expect(drive.packetsAtOnce).toBe(n)
  },
)

test('reads are split by what one transfer carries', async () => {
  const { transport, drive } = make(64 * 1024)
  const pieces = await drive.read(5, 80)
  expect(pieces.map((p) => p.length / blockBytes)).toEqual([32, 32, 16])
  const addresses = transport.commands.map((c) => Buffer.from(c.cdb).readUInt32BE(2))
  expect(addresses).toEqual([5, 37, 69])
})

test('a packet goes out in one command, or not at all', async () => {
  const { transport, drive } = make()
  await drive.writePackets(64, [packet])
  expect(transport.commands.map((c) => Buffer.from(c.cdb).toString('hex'))).toEqual(['2a000000004000002000'])
  expect(() => make(60 * 1024)).toThrow(BlockError)
})

describe('what is survived', () => {
  test.each([
    ['5/2C/00', 'wants its cache emptied between reads and writes (Q13)'],
    ['3/15/82', 'the same in its maker’s words'],
  ])('%s %s', async (code) => {
    const { transport, drive } = make()
    transport.trouble(write10, code)
    await drive.writePackets(0, [packet])
    expect(transport.sent).toContain(synchronizeCache)
    expect(transport.sent.at(-1)).toBe(write10)
  })

  test('5/2C/00 to a read', async () => {
    const { transport, drive } = make()
    transport.trouble(read10, '5/2C/00')
    await drive.read(0, 1)
    expect(transport.sent.indexOf(synchronizeCache)).toBeGreaterThan(0)
  })

  test.each(['2/04/08', '2/04/07', '2/04/01', '6/29/00', '6/28/00', 'host', '3/0C/00', '4/08/03', 'B/47/00'])(
    '%s once',
    async (code) => {
      const { transport, drive, writes } = make()
      transport.trouble(write10, code)
      await drive.writePackets(0, [packet])
      expect(writes()).toBe(2)
    },
  )

  test('flow control for a minute (Q15)', async () => {
    const { transport, drive, clock } = make()
    transport.trouble(write10, ...Array.from({ length: 75 }, () => '2/04/08'))
    await drive.writePackets(0, [packet])
    expect(clock.time).toBeGreaterThan(60_000)
  })

  test('a refusal, by setting the drive up again (Q31)', async () => {
    const { transport, drive, prepared } = make()
    transport.trouble(write10, '5/64/00')
    await drive.writePackets(0, [packet])
    expect(prepared()).toBe(1)
  })

  test.each(['host', 'B/08/00'])('a SYNCHRONIZE CACHE whose answer is lost (%s)', async (code) => {
    const { transport, drive } = make()
    transport.trouble(synchronizeCache, code)
    await drive.synchronize()
    expect(transport.sent.filter((o) => o === synchronizeCache).length).toBeGreaterThan(2)
  })

  test('minutes of work after SYNCHRONIZE CACHE (Q37)', async () => {
    const { transport, drive, clock } = make()
    transport.trouble(opcode.testUnitReady, ...Array.from({ length: 210 }, () => '2/04/08'))
    await drive.synchronize()
    expect(clock.time).toBeGreaterThan(200_000)
  })

  test('a reset: how to write is said again, and what was written is in doubt', async () => {
    const { transport, drive, clock, prepared } = make()
    transport.trouble(read10, '6/29/00')
    await drive.read(0, 1)
    expect([drive.owesError, prepared()]).toEqual([false, 0])
    await drive.writePackets(0, [packet])
    expect(prepared()).toBe(1)
    transport.trouble(read10, '6/29/02')
    await drive.read(0, 1)
    expect(drive.owesError).toBe(true)
    expect((await errorOf(drive.synchronize())).message).toContain('was reset')
    await drive.synchronize()
    // One that is reset by being told so is not told again and again.
    await drive.read(0, 1)
    expect(prepared()).toBe(1)
    transport.trouble(read10, '6/29/00')
    clock.time += 700_000
    await drive.read(0, 1)
    await drive.read(0, 1)
    expect(prepared()).toBe(2)
  })

  test('a write error that is told to another WRITE, not marked as deferred', async () => {
    const { transport, drive, writes } = make()
    const about = (information: number): void => {
      transport.trouble(write10, '3/0C/00')
      transport.information = information
    }
    await drive.writePackets(0, [packet])
    about(31)
    await drive.writePackets(64, [packet])
    expect([writes(), drive.owesError]).toEqual([3, true])
    expect((await errorOf(drive.synchronize())).sense).toMatchObject({ key: 3, information: 31 })
    // Its own, which a repeat mends.
    about(95)
    await drive.writePackets(64, [packet])
    expect(drive.owesError).toBe(false)
    // A drive that puts anything there: this packet's after all.
    about(0)
    transport.trouble(write10, ...Array.from({ length: 50 }, () => '3/0C/00'))
    expect(isMediumError(await errorOf(drive.writePackets(64, [packet])))).toBe(true)
  })

  test('a deferred error: the command is repeated, the next synchronize tells', async () => {
    const { transport, drive } = make()
    transport.trouble(read10, 'deferred 3/0C/00')
    await drive.read(0, 1)
    expect(drive.owesError).toBe(true)
    expect((await errorOf(drive.synchronize())).sense).toMatchObject({ key: 3, asc: 0x0c })
    expect(drive.owesError).toBe(false)
    await drive.synchronize()
  })
})

describe('what is not, and ends', () => {
  test.each([
    ['3/0C/00', 2],
    ['5/64/00', 2],
    ['5/21/00', 1],
    ['7/27/00', 1],
    ['2/3A/00', 1],
  ])('%s: EIO with the sense after %d writes', async (code, tries) => {
    const { transport, drive, writes } = make()
    transport.trouble(write10, ...Array.from({ length: 50 }, () => code))
    const error = await errorOf(drive.writePackets(0, [packet]))
    expect(error.errno).toBe(5)
    expect(error.message).toContain(code)
    expect(writes()).toBe(tries)
  })

  test('a drive that is busy for ever', async () => {
    const { transport, drive, clock } = make()
    transport.trouble(write10, ...Array.from({ length: 5000 }, () => '2/04/08'))
    expect((await errorOf(drive.writePackets(0, [packet]))).errno).toBe(5)
    expect(clock.time).toBeLessThan(200_000)
  })

  test.each(['gone', 'refused'])('%s is not repeated', async (reason) => {
    const { transport, drive, writes } = make()
    transport.trouble(write10, reason)
    await errorOf(drive.writePackets(0, [packet]))
    expect(writes()).toBe(1)
  })

  test('a synchronize that fails between a read and a write may have cost earlier data', async () => {
    const { transport, drive } = make()
    transport.trouble(read10, '5/2C/00')
    transport.trouble(synchronizeCache, '3/0C/00', '3/0C/00')
    expect((await errorOf(drive.read(0, 1))).losesEarlier).toBe(true)
    // Whoever asked to read is not who loses by it: that is told when the data is asked to be on the medium.
    expect(drive.owesError).toBe(true)
    await errorOf(drive.synchronize())
    await drive.synchronize()
  })

  test('a deferred error is no failure of the command that it is told to: that is repeated without `retries`', async () => {
    const transport = new ScriptedTransport()
    const drive = new MmcDrive(new AttentiveTransport(transport), {
      ...{ packetBlocks: 32, blocks: 320, clock: new StillClock(), retries: 0 },
    })
    transport.trouble(read10, 'deferred 3/0C/00', 'deferred 3/0C/00')
    await drive.read(0, 32)
    transport.trouble(write10, 'deferred 3/0C/00', 'deferred 3/0C/00')
    await drive.writePackets(32, [packet])
    expect((await errorOf(drive.synchronize())).sense).toMatchObject({ key: 3, deferred: true })
  })

  test('a deferred error that comes too often for one command is told by the next synchronize all the same', async () => {
    const { transport, drive } = make()
    transport.trouble(write10, ...Array.from({ length: 5 }, () => 'deferred 3/0C/00'))
    expect((await errorOf(drive.writePackets(0, [packet]))).losesEarlier).toBe(true)
    expect((await errorOf(drive.synchronize())).sense).toMatchObject({ key: 3, asc: 0x0c })
    await drive.synchronize()
  })
})

describe('a drive that hangs until the kernel has reset it', () => {
  test.each(['read', 'write'] as const)('a %s is tried again, once', async (what) => {
    const { transport, drive, writes } = make()
    const code = what === 'read' ? read10 : write10
    const go = () => (what === 'read' ? drive.read(0, 1) : drive.writePackets(0, [packet]))
    const tries = () => transport.sent.filter((o) => o === code).length
    transport.trouble(code, 'timeout')
    await go()
    expect(tries()).toBe(2)
    // One that is of no use after the reset either ends, and does not cost the next ones twice the time.
    transport.trouble(code, 'timeout', 'timeout', 'timeout', 'timeout')
    await errorOf(go())
    expect(tries()).toBe(4)
    await errorOf(go())
    expect(tries()).toBe(5)
    await errorOf(go())
    expect(tries()).toBe(6)
    await go()
    transport.trouble(code, 'timeout')
    await go()
    expect(tries()).toBe(9)
    expect(writes()).toBe(what === 'write' ? 9 : 0)
  })

  test('what was in its cache is in doubt, though the kernel keeps the reset to itself', async () => {
    const { transport, drive } = make()
    await drive.writePackets(0, [packet])
    transport.trouble(read10, 'timeout')
    await drive.read(0, 1)
    const failure = await errorOf(drive.synchronize())
    expect([failure.losesEarlier, isMediumError(failure), isAnswer(failure)]).toEqual([true, false, true])
    await drive.synchronize()
  })
})

describe('news of earlier commands, told to any command', () => {
  const commands = {
    'TEST UNIT READY': testUnitReady(),
    'PREVENT ALLOW MEDIUM REMOVAL': preventMediumRemoval(true),
    'MODE SENSE (10)': modeSense(0x05, 60),
    'MODE SELECT (10)': modeSelect(Buffer.alloc(52)),
    'SET CD SPEED': setCdSpeed(706),
    'SET STREAMING': setStreaming({ read: 706, write: 706 }, 319),
    'GET PERFORMANCE': getWriteSpeeds(30),
    'READ DISC INFORMATION': readDiscInformation(4),
    'GET EVENT STATUS NOTIFICATION': getMediaEvent(),
  }
  const all = ['6/29/00', '6/29/04', '6/2F/01', '6/3F/01', '6/28/00', 'deferred 3/0C/00', 'timeout', 'host']
  test.each(
    Object.entries(commands).flatMap(([name, command]) => all.map((news) => ({ name, news, command }))),
  )('$news to $name', async ({ command, news }) => {
    const { transport, attentive, drive } = make()
    await drive.writePackets(0, [packet])
    transport.trouble(command.cdb[0] ?? 0, news)
    await attentive.execute(command).catch(() => undefined)
    expect(drive.owesError).toBe(true)
    const failure = await errorOf(drive.synchronize())
    expect(isAnswer(failure)).toBe(true)
    // Of a deferred error giving up that packet may be right; what a reset costs is no packet's fault.
    expect(isMediumError(failure)).toBe(news.startsWith('deferred'))
    await drive.synchronize()
  })

  test('what means nothing for data that was written', async () => {
    const { transport, attentive, drive, prepared } = make()
    await drive.writePackets(0, [packet])
    transport.trouble(opcode.testUnitReady, '6/2A/01', 'deferred 1/18/00', '2/04/01', '6/5A/01', '3/11/00')
    for (let i = 0; i < 5; i++) await attentive.execute(testUnitReady())
    expect(drive.owesError).toBe(false)
    // Another set its mode pages.
    await drive.writePackets(32, [packet])
    expect(prepared()).toBe(1)
    await drive.synchronize()
  })

  test('a reset is not hidden by an error that names one packet', async () => {
    const { transport, attentive, drive } = make()
    await drive.writePackets(0, [packet])
    transport.trouble(opcode.testUnitReady, '6/29/00', 'deferred 3/0C/00')
    await attentive.execute(testUnitReady())
    await attentive.execute(testUnitReady())
    transport.trouble(synchronizeCache, '3/0C/00')
    expect((await errorOf(drive.synchronize())).losesEarlier).toBe(true)
  })
})
