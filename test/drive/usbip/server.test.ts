// The drive over USB/IP, as a guest's vhci_hcd and usb-storage use it.
import { afterEach, describe, expect, test } from 'vitest'
import { blocks } from '../harness.ts'
import { Disc, Drive, serveDrives } from '../index.ts'
import { UsbipClient } from './client.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function serve(...drives: Drive[]): Promise<number> {
  const server = await serveDrives(drives)
  ends.push(() => server.close())
  return server.port
}

function client(port: number): UsbipClient {
  const c = new UsbipClient(port)
  ends.push(() => c.close())
  return c
}

/** Imports, configures, and takes the attention conditions away. */
async function attached(drive: Drive): Promise<UsbipClient> {
  const c = client(await serve(drive))
  await c.import('1-1')
  await c.control('00 09 0100 0000 0000')
  for (let i = 0; i < 4; i++) await c.command('00 00 00 00 00 00')
  return c
}

const dvdRam = () => {
  const drive = new Drive({ profile: 'supermulti' })
  const disc = new Disc({ kind: 'dvd-ram', blocks: 16384 })
  drive.insert(disc)
  return { drive, disc }
}

describe('the device', () => {
  test('is listed and imported by its bus id', async () => {
    const port = await serve(new Drive(), new Drive({ profile: 'bd' }))
    expect(await client(port).list()).toEqual(['1-1', '1-2'])
    expect((await client(port).import('1-3')).status).toBe(4)
    const { status, record } = await client(port).import('1-2')
    expect(status).toBe(0)
    expect(record.toString('latin1', 256, 259)).toBe('1-2')
    expect(record.readUInt32BE(296)).toBe(3)
    expect(record.readUInt16BE(300)).toBe(0x1d6b)
  })
  test('has the descriptors of a high-speed Bulk-Only drive', async () => {
    const c = await attached(new Drive())
    const device = (await c.control('80 06 0001 0000 4000')).data
    expect(device.length).toBe(18)
    expect(device.readUInt16LE(2)).toBe(0x0200)
    const config = (await c.control('80 06 0002 0000 ff00')).data
    expect(config.length).toBe(config.readUInt16LE(2))
    expect([...config.subarray(14, 17)]).toEqual([0x08, 0x06, 0x50])
    expect([...config.subarray(18, 25)]).toEqual([7, 5, 0x81, 2, 0, 2, 0])
    expect([...config.subarray(25, 32)]).toEqual([7, 5, 0x02, 2, 0, 2, 0])
    // The first nine bytes alone, as every host asks first.
    expect((await c.control('80 06 0002 0000 0900')).data).toEqual(config.subarray(0, 9))
    const serial = (await c.control('80 06 0303 0904 ff00')).data
    expect(serial.subarray(2).toString('utf16le')).toBe('PKTW0000SM01')
    expect((await c.control('80 06 0903 0904 ff00')).status).toBe(-32)
    expect((await c.control('a1 fe 0000 0000 0100')).data).toEqual(Buffer.from([0]))
    expect((await c.control('80 08 0000 0000 0100')).data).toEqual(Buffer.from([1]))
    expect((await c.control('01 0b 0000 0000 0000')).status).toBe(0)
    expect((await c.control('80 00 0000 0000 0200')).data.length).toBe(2)
    expect((await c.control('c0 77 0000 0000 0100')).status).toBe(-32)
  })
})

describe('Bulk-Only Transport', () => {
  test('INQUIRY, a failed command with data due, REQUEST SENSE', async () => {
    const c = await attached(new Drive())
    const inquiry = await c.command('12 00 00 00 24 00', 36)
    expect([inquiry.status, inquiry.residue]).toEqual([0, 0])
    expect(inquiry.data.toString('latin1', 8, 16)).toBe('PKTW    ')
    const capacity = await c.command('25 00 00 00 00 00 00 00 00 00', 8)
    expect([capacity.status, capacity.residue, capacity.data.length]).toEqual([1, 8, 0])
    const sense = await c.command('03 00 00 00 12 00', 18)
    expect([sense.data[2], sense.data[12], sense.data[13]]).toEqual([2, 0x3a, 0x01])
    expect((await c.command('03 00 00 00 12 00', 18)).data[2]).toBe(0)
    // Less than the host has room for.
    const luns = await c.command('a0 00 00 00 00 00 00 00 10 00 00 00', 512)
    expect([luns.status, luns.residue, luns.data.length]).toEqual([0, 496, 16])
  })
  test('64 KiB there and back, in pieces of every size', async () => {
    const { drive, disc } = dvdRam()
    const c = await attached(drive)
    for (const piece of [4096, 16384, 65536]) {
      const data = blocks(32, 32, piece / 4096)
      const written = await c.command('2a 00 00 00 00 20 00 00 20 00', data, piece)
      expect([written.status, written.residue]).toEqual([0, 0])
      const back = await c.command('28 00 00 00 00 20 00 00 20 00', 65536, piece)
      expect(back.data.equals(data)).toBe(true)
    }
    expect((await c.command('35 00 00 00 00 00 00 00 00 00')).status).toBe(0)
    expect(disc.read(32, 32).equals(blocks(32, 32, 16))).toBe(true)
    expect(disc.writes.get(2)).toBe(1)
  })
  test('a READ that ends short with GOOD: in its length, or in the residue alone', async () => {
    const { drive, disc } = dvdRam()
    disc.put(0, blocks(0, 16, 1))
    const c = await attached(drive)
    for (const [fault, length] of [
      ['short', 16384],
      ['residue', 32768],
    ] as const) {
      drive.faults.failCommand(0x28, fault)
      const { status, residue, data } = await c.command('28 00 00 00 00 00 00 00 10 00', 32768)
      expect([status, residue, data.length]).toEqual([0, 16384, length])
      expect(data.subarray(0, 16384).equals(blocks(0, 8, 1))).toBe(true)
    }
    expect((await c.command('28 00 00 00 00 00 00 00 10 00', 32768)).residue).toBe(0)
  })
  test('a refused WRITE takes its data and fails', async () => {
    const drive = new Drive({ profile: 'supermulti' })
    drive.insert(new Disc({ kind: 'dvd-rw', blocks: 16384 }))
    const c = await attached(drive)
    const answer = await c.command('2a 00 00 00 00 01 00 00 10 00', blocks(1, 16, 1))
    expect(answer.status).toBe(1)
    const sense = await c.command('03 00 00 00 12 00', 18)
    expect([sense.data[2], sense.data[12], sense.data[13]]).toEqual([5, 0x21, 0x02])
  })
  test('a short transfer with URB_SHORT_NOT_OK is EREMOTEIO', async () => {
    const c = await attached(new Drive())
    const inquiry = Buffer.from('120000000800', 'hex')
    await c.submit(2, c.wrapper(inquiry, 64, true)).reply
    const reply = await c.submit(1, 64, { flags: 1 }).reply
    expect([reply.status, reply.length]).toEqual([-121, 8])
    expect((await c.submit(1, 13).reply).data.length).toBe(13)
  })
  test('data in a direction the host did not say is a phase error', async () => {
    const c = await attached(new Drive())
    expect((await c.command('12 00 00 00 24 00', Buffer.alloc(512))).status).toBe(2)
    expect((await c.command('12 00 00 00 24 00', 36)).status).toBe(0)
  })
  test('what is no CBW halts both endpoints until reset recovery', async () => {
    const c = await attached(new Drive())
    expect((await c.submit(2, Buffer.from('nonsense')).reply).status).toBe(-32)
    expect((await c.submit(1, 13).reply).status).toBe(-32)
    await c.control('02 01 0000 8100 0000')
    expect((await c.control('82 00 0000 8100 0200')).data[0]).toBe(1)
    expect((await c.submit(1, 13).reply).status).toBe(-32)
    await c.control('21 ff 0000 0000 0000')
    await c.control('02 01 0000 8100 0000')
    await c.control('02 01 0000 0200 0000')
    expect((await c.command('12 00 00 00 24 00', 36)).status).toBe(0)
  })
})

describe('trouble', () => {
  test('a hung drive answers nothing; the URB is taken back; a reset heals', async () => {
    const { drive } = dvdRam()
    const c = await attached(drive)
    drive.hang()
    await c.submit(2, c.wrapper(Buffer.from('000000000000', 'hex'), 0, false)).reply
    const csw = c.submit(1, 13)
    expect(await c.unlink(csw.sequence)).toBe(-104)
    expect(await c.unlink(csw.sequence)).toBe(0)
    await c.control('00 09 0100 0000 0000')
    const answer = await c.command('00 00 00 00 00 00')
    expect(answer.status).toBe(1)
    const sense = await c.command('03 00 00 00 12 00', 18)
    expect([sense.data[2], sense.data[12]]).toEqual([6, 0x29])
  })
  test('a slow drive answers late', async () => {
    const { drive } = dvdRam()
    const c = await attached(drive)
    drive.faults.packetLatencyMs = 40
    const before = performance.now()
    expect((await c.command('28 00 00 00 00 00 00 00 01 00', 2048)).status).toBe(0)
    expect(performance.now() - before).toBeGreaterThan(30)
  })
  test('an unplugged drive drops the line and is not there until it is plugged in', async () => {
    const { drive } = dvdRam()
    const port = await serve(drive, new Drive())
    const c = client(port)
    await c.import('1-1')
    drive.unplug()
    await c.closed
    expect(await client(port).list()).toEqual(['1-2'])
    expect((await client(port).import('1-1')).status).toBe(4)
    drive.replug()
    expect((await client(port).import('1-1')).status).toBe(0)
  })
  test('power goes in the middle of a packet: the line drops, the packet is torn', async () => {
    const { drive, disc } = dvdRam()
    const c = await attached(drive)
    disc.put(0, blocks(0, 16, 1))
    drive.faults.cutPower({ newBlocks: 2, unreadableBlocks: 3 })
    await c.command('2a 00 00 00 00 00 00 00 10 00', blocks(0, 16, 2))
    void c.command('35 00 00 00 00 00 00 00 00 00').catch(() => undefined)
    await c.closed
    expect(disc.read(1, 1).equals(blocks(1, 1, 2))).toBe(true)
    expect([...disc.unreadable]).toEqual([2, 3, 4])
    expect(disc.read(5, 11).equals(blocks(5, 11, 1))).toBe(true)
  })
  test('a second import takes the drive from a host that crashed', async () => {
    const { drive } = dvdRam()
    const port = await serve(drive)
    const first = client(port)
    await first.import('1-1')
    const second = client(port)
    expect((await second.import('1-1')).status).toBe(0)
    await first.closed
    await second.control('00 09 0100 0000 0000')
    expect((await second.command('12 00 00 00 24 00', 36)).status).toBe(0)
  })
})
