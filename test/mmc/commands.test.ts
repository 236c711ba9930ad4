import { describe, expect, test } from 'vitest'
import {
  eject,
  lockDoor,
  setWriteParameters,
  synchronizeCache,
  unlockDoor,
  writePackets,
} from '../../src/mmc/commands.ts'
import { DriveError } from '../../src/mmc/drive-command.ts'
import { bytesOf, piecesOf, TransportError } from '../../src/mmc/transport.ts'
import { decodeWriteParameters } from '../../src/mmc/write-parameters.ts'
import { ManualClock, ScriptedTransport } from './script.ts'

const policy = () => ({ clock: new ManualClock() })

describe('writePackets', () => {
  const packet = Buffer.alloc(32_768, 9)

  test('is one WRITE (10)', async () => {
    const transport = new ScriptedTransport()
    await writePackets(transport, 16, [packet], policy())
    expect(transport.opcodes).toEqual([0x2a])
    expect(piecesOf(transport.sent[0]!)).toEqual([packet])
  })

  test.each([
    [1, 16_384],
    [3, 65_536],
  ])('%i packets that one transfer of %i bytes cannot carry are not cut up', async (count, limit) => {
    const transport = new ScriptedTransport()
    transport.maxTransferBytes = limit
    const packets = Array.from({ length: count }, () => packet)
    await expect(writePackets(transport, 0, packets)).rejects.toMatchObject({ reason: 'refused' })
    expect(transport.sent).toHaveLength(0)
  })

  test('packets that follow each other are one WRITE (10) of all their blocks', async () => {
    const transport = new ScriptedTransport()
    transport.maxTransferBytes = 122_880
    await writePackets(transport, 16, [packet, packet, packet], policy())
    expect(Buffer.from(transport.sent[0]!.cdb).toString('hex')).toBe('2a000000001000003000')
    expect(bytesOf(piecesOf(transport.sent[0]!))).toBe(3 * packet.length)
  })

  test('5/2C/00: the cache is emptied and the packet sent again, once', async () => {
    const transport = new ScriptedTransport(['5/2C/00'])
    await writePackets(transport, 0, [packet], policy())
    expect(transport.opcodes).toEqual([0x2a, 0x35, 0x00, 0x35, 0x2a])
    const stubborn = new ScriptedTransport(['5/2C/00', 0, 0, 0, '5/2C/00'])
    await expect(writePackets(stubborn, 0, [packet], policy())).rejects.toBeInstanceOf(DriveError)
  })

  test('another disc: nothing is written to it', async () => {
    const transport = new ScriptedTransport(['6/28/00'])
    await expect(writePackets(transport, 0, [packet], policy())).rejects.toMatchObject({
      sense: { asc: 0x28 },
    })
    expect(transport.sent).toHaveLength(1)
  })

  test('waits for minutes while the drive says long write in progress', async () => {
    const transport = new ScriptedTransport(Array(80).fill('2/04/08'))
    const clock = new ManualClock()
    await writePackets(transport, 0, [packet], { clock })
    expect(clock.time).toBeGreaterThan(60_000)
  })
})

describe('synchronizeCache', () => {
  test('IMMED, polled, then plain', async () => {
    const transport = new ScriptedTransport([0, '2/04/07', 0, 0])
    await synchronizeCache(transport, policy())
    expect(transport.sent.map((c) => [c.cdb[0], c.cdb[1]])).toEqual([
      [0x35, 2],
      [0x00, 0],
      [0x00, 0],
      [0x35, 0],
    ])
  })

  test('plain only, when IMMED is refused', async () => {
    const transport = new ScriptedTransport(['5/24/00'])
    await synchronizeCache(transport, policy())
    expect(transport.sent.map((c) => [c.cdb[0], c.cdb[1]])).toEqual([
      [0x35, 2],
      [0x35, 0],
    ])
  })

  test.each([[['3/0C/00']], [[0, '3/0C/00']], [[0, 0, '3/0C/00']]])(
    'a write error kept until now is told: %j',
    async (answers) => {
      const transport = new ScriptedTransport(answers)
      await expect(synchronizeCache(transport, policy())).rejects.toMatchObject({
        sense: { key: 3, asc: 0x0c },
      })
    },
  )
})

test.each(['5/20/00', '5/24/00', '2/3A/00'])('eject: a drive without a lock (%s) opens', async (refusal) => {
  const transport = new ScriptedTransport([refusal])
  await eject(transport, policy())
  expect(transport.opcodes).toEqual([0x1e, 0x1b])
  await expect(eject(new ScriptedTransport([new TransportError('gone', 'sr0: ENODEV')]))).rejects.toThrow(
    'ENODEV',
  )
})

describe('setWriteParameters', () => {
  test('a page of another length than usual goes back as long as it came', async () => {
    const page = Buffer.alloc(56, 0xee)
    page.set([0x05, 0x36, 0x41, 0x04, 0x08])
    const header = Buffer.alloc(8)
    header.writeUInt16BE(62, 0)
    const reply = Buffer.concat([header, page])
    const transport = new ScriptedTransport([reply.subarray(0, 60), reply, 0])
    const track = { trackMode: 5, dataMode: 1, fixedPacketSize: 32 }
    expect(await setWriteParameters(transport, track)).toEqual({ accepted: true })
    const [, whole, select] = transport.sent
    expect([whole?.dataIn, transport.opcodes]).toEqual([64, [0x5a, 0x5a, 0x55]])
    const sent = Buffer.concat(piecesOf(select!).map((piece) => Buffer.from(piece)))
    expect([sent.length, sent[9], sent.subarray(8 + 52).toString('hex')]).toEqual([64, 0x36, 'eeeeeeee'])
    expect(decodeWriteParameters(sent.subarray(8))).toMatchObject({
      writeType: 0,
      fixedPacket: true,
      packetSize: 32,
    })
  })

  const track = { trackMode: 7, dataMode: 2, fixedPacketSize: 32 }
  const pageOf = (transport: ScriptedTransport, index: number) =>
    decodeWriteParameters(Buffer.concat(piecesOf(transport.sent[index]!)).subarray(8))

  test('takes the drive’s page as base', async () => {
    const reply = Buffer.alloc(60)
    reply.set([0, 58, 0, 0, 0, 0, 0, 0, 0x85, 0x32, 0x42, 0xc4, 0x08])
    const transport = new ScriptedTransport([reply])
    expect(await setWriteParameters(transport, track)).toEqual({ accepted: true })
    expect(transport.opcodes).toEqual([0x5a, 0x55])
    expect(pageOf(transport, 1)).toEqual({
      writeType: 0,
      bufferUnderrunFree: true,
      fixedPacket: true,
      trackMode: 7,
      dataBlockType: 10,
      sessionFormat: 0x20,
      packetSize: 32,
    })
  })

  test('refused with 5/26/00: tried plain, then reported', async () => {
    const reply = Buffer.alloc(60)
    reply.set([0, 58, 0, 0, 0, 0, 0, 0, 0x85, 0x32, 0x42, 0xc4, 0x08])
    const transport = new ScriptedTransport([reply, '5/26/00', '5/26/00'])
    expect(await setWriteParameters(transport, track)).toEqual({
      accepted: false,
      sense: { key: 5, asc: 0x26, ascq: 0 },
    })
    expect(transport.opcodes).toEqual([0x5a, 0x55, 0x55])
    expect(pageOf(transport, 2)?.bufferUnderrunFree).toBe(false)
  })

  test('a data mode that the track does not tell: mode 1, then mode 2', async () => {
    const transport = new ScriptedTransport(['5/24/00', '5/26/00'])
    expect(await setWriteParameters(transport, { ...track, dataMode: 15 })).toEqual({ accepted: true })
    expect([1, 2].map((i) => pageOf(transport, i)?.dataBlockType)).toEqual([8, 10])
  })

  test('a drive that fails otherwise is an error', async () => {
    await expect(setWriteParameters(new ScriptedTransport([0, '4/44/00']), track)).rejects.toBeInstanceOf(
      DriveError,
    )
    await expect(
      setWriteParameters(new ScriptedTransport([new TransportError('gone', 'sr0: ENODEV')]), track),
    ).rejects.toBeInstanceOf(TransportError)
  })
})

test('the door', async () => {
  const transport = new ScriptedTransport()
  await lockDoor(transport)
  await unlockDoor(transport)
  expect(transport.sent.map((c) => [c.cdb[0], c.cdb[4]])).toEqual([
    [0x1e, 1],
    [0x1e, 0],
  ])
})

test('eject unlocks first, and once more when somebody locked in between', async () => {
  const transport = new ScriptedTransport([0, '5/53/02'])
  await eject(transport, policy())
  expect(transport.sent.map((c) => [c.cdb[0], c.cdb[4]])).toEqual([
    [0x1e, 0],
    [0x1b, 2],
    [0x1e, 0],
    [0x1b, 2],
  ])
})
