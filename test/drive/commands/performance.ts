// Speeds and buffers: SET CD SPEED, SET STREAMING, GET PERFORMANCE, READ BUFFER CAPACITY, SEND OPC (MMC-6 §6).
import type { Drive } from '../drive.ts'
import { check } from '../sense.ts'
import type { CommandGroup } from './table.ts'

/** kB/s, for all media. */
export const fastestReading = 7056

/** kB/s by profile. */
const byFamily: Record<number, number[]> = {
  10: [1764, 706],
  18: [4155, 2770],
  19: [2770, 1385],
  20: [2770, 1385],
  26: [5540, 3324],
  67: [8990, 4495],
}

/** Write speeds of drive and disc together in kB/s, fastest first; empty when nothing can be written. */
export function mediumSpeeds(drive: Drive): number[] {
  const own = byFamily[drive.currentProfile] ?? []
  // BENQ DQ60: after a write failed at too high a speed the list had grown by 8x and 6x.
  const disc = drive.quirks.obeysTooFast && drive.loaded?.broken ? [own[0]! * 2, own[0]! * 1.5, ...own] : own
  const limit = drive.profile.writeSpeeds?.[0] ?? Number.POSITIVE_INFINITY
  return disc.filter((s) => s <= limit)
}

/** The list in page 2Ah. */
export function pageSpeeds(drive: Drive): number[] {
  const speeds = mediumSpeeds(drive)
  if (drive.quirks.pageSpeeds === 'zeros') return speeds.map(() => 0)
  return drive.quirks.pageSpeeds === 'of-cd' ? [8467, 7056, 5645, 4234, 2822, 1764, 706] : speeds
}

function listedSpeeds(drive: Drive): number[] {
  const speeds = mediumSpeeds(drive)
  switch (drive.quirks.speedList) {
    case 'empty':
      return []
    case 'nonsense':
      return [0, 65535, ...speeds]
    case 'refused':
      throw check('5/20/00')
    default:
      return speeds
  }
}

function setWriteSpeed(drive: Drive, kB: number): void {
  if (drive.quirks.speedCommands === 'refused') throw check('5/24/00')
  if (drive.quirks.speedCommands === 'ignored') return
  const speeds = mediumSpeeds(drive)
  const medium = drive.loaded
  if (drive.quirks.obeysTooFast) {
    drive.writeSpeed = kB >= 0xffff ? (speeds[0] ?? 0) : kB
    if (medium) medium.tooFast = drive.tooFast
    return
  }
  drive.writeSpeed = speeds.find((s) => s <= kB) ?? speeds.at(-1) ?? 0
}

/** Type 0, nominal performance: one descriptor over the whole disc. Type 3: the list of write speeds. */
function performanceData(drive: Drive, cdb: Buffer): Buffer {
  const type = cdb[10] as number
  const disc = drive.medium().disc
  const end = { last: disc.blocks - 1, size: disc.blocks, zero: 0 }[drive.quirks.performanceEnd]
  const head = Buffer.alloc(8)
  let body: Buffer
  if (type === 0) {
    const write = ((cdb[1] as number) >> 2) & 1
    const speed = write
      ? drive.writeSpeed || (mediumSpeeds(drive)[0] ?? 0)
      : drive.readSpeed || fastestReading
    body = Buffer.alloc(16)
    body.writeUInt32BE(0, 0)
    body.writeUInt32BE(speed, 4)
    body.writeUInt32BE(Math.max(0, end), 8)
    body.writeUInt32BE(speed, 12)
    if (write) head[4] = 0x02
  } else if (type === 3) {
    const speeds = listedSpeeds(drive)
    body = Buffer.alloc(16 * speeds.length)
    for (const [i, speed] of speeds.entries()) {
      body.writeUInt32BE(Math.max(0, end), i * 16 + 4)
      body.writeUInt32BE(fastestReading, i * 16 + 8)
      body.writeUInt32BE(speed, i * 16 + 12)
    }
  } else throw check('5/24/00')
  const most = cdb.readUInt16BE(8) * 16
  head.writeUInt32BE(4 + body.length, 0)
  return Buffer.concat([head, body.subarray(0, most)])
}

export const performance: CommandGroup = {
  187: {
    run: (drive, cdb) => {
      if (drive.quirks.speedCommands === 'no-ffff' && cdb.readUInt16BE(2) === 0xffff) throw check('5/24/00')
      drive.readSpeed = Math.min(fastestReading, cdb.readUInt16BE(2))
      setWriteSpeed(drive, cdb.readUInt16BE(4))
      return undefined
    },
  },
  182: {
    dataOut: (cdb) => cdb.readUInt16BE(9),
    run: (drive, _cdb, out) => {
      if (out.length < 28) throw check('5/1A/00')
      drive.medium()
      const [size, time] = [out.readUInt32BE(20), Math.max(1, out.readUInt32BE(24))]
      const restore = ((out[0] as number) & 4) !== 0
      setWriteSpeed(drive, restore ? 0xffff : Math.floor((size * 1000) / time))
      return undefined
    },
  },
  172: { run: performanceData },
  92: {
    run: (drive, cdb) => {
      const disc = drive.medium().disc
      const cache = drive.loaded?.cache
      const packet = disc.packetBlocks * 2048
      const b = Buffer.alloc(12)
      b.writeUInt16BE(10, 0)
      b[3] = (cdb[1] as number) & 1
      const total = (cache?.capacity ?? 0) * packet
      const free = total - (cache?.size ?? 0) * packet
      b.writeUInt32BE(b[3] ? Math.floor(total / 2048) : total, 4)
      b.writeUInt32BE(b[3] ? Math.floor(free / 2048) : free, 8)
      return b.subarray(0, cdb.readUInt16BE(7))
    },
  },
  84: {
    dataOut: (cdb) => cdb.readUInt16BE(7),
    run: (drive, cdb) => {
      const disc = drive.medium().disc
      if (!drive.writes(disc.profile) || !disc.rewritable) throw check('5/30/05')
      if (((cdb[1] as number) & 1) === 0 && cdb.readUInt16BE(7) === 0) throw check('5/24/00')
      return undefined
    },
  },
}
