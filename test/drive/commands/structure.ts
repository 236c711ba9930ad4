// READ DISC STRUCTURE, what tools ask of it (MMC-6 §6.22; formerly READ DVD STRUCTURE).
import type { Disc } from '../disc.ts'
import type { Drive } from '../drive.ts'
import { bdRaw } from '../kinds.ts'
import { check } from '../sense.ts'
import type { CommandGroup } from './table.ts'

const book: Partial<Record<Disc['kind'], number>> = {
  'dvd-rom': 0x01,
  'dvd-ram': 0x12,
  'dvd-r': 0x25,
  'dvd-rw': 0x32,
  'dvd+rw': 0x92,
}

function physical(disc: Disc): Buffer {
  const b = Buffer.alloc(2048)
  const start = disc.kind === 'dvd-ram' ? 0x031000 : 0x030000
  b[0] = book[disc.kind] ?? 0
  b[1] = 0x0f
  b[2] = disc.kind === 'dvd-rom' ? 0x01 : disc.rewritable ? 0x04 : 0x02
  b.writeUInt32BE(start, 4)
  b.writeUInt32BE(start + disc.fullBlocks - 1, 8)
  if (disc.kind === 'dvd+rw') b.write('PKTW    EMU', 19, 'latin1')
  return b
}

function spareArea(disc: Disc): Buffer {
  const b = Buffer.alloc(12)
  b.writeUInt32BE(12784, 0)
  b.writeUInt32BE(58368, 4)
  b.writeUInt32BE(58368, 8)
  if (disc.kind === 'bd-re') {
    const spare = bdRaw(disc.fullBlocks) - disc.blocks
    b.writeUInt32BE(0, 0)
    b.writeUInt32BE(spare / 32, 4)
    b.writeUInt32BE(spare / 32, 8)
  }
  return b
}

function discInformationBlock(): Buffer {
  const b = Buffer.alloc(4096)
  b.write('DI', 0, 'latin1')
  b[2] = 1
  b[8] = 'B'.charCodeAt(0)
  b.write('BDW', 8, 'latin1')
  b.write('PKTWEM', 100, 'latin1')
  b.write('001', 106, 'latin1')
  return b
}

const notThisDisc = () => check('5/24/00')

function dvd(disc: Disc, format: number): Buffer {
  switch (format) {
    case 0x00:
      return physical(disc)
    case 0x01:
      return Buffer.alloc(4)
    case 0x04:
      return Buffer.alloc(2048)
    case 0x09:
      if (disc.kind !== 'dvd-ram') throw notThisDisc()
      return Buffer.from([disc.writeProtected ? 0x02 : 0, 0, 0, 0])
    case 0x0a:
      if (disc.kind !== 'dvd-ram') throw notThisDisc()
      return spareArea(disc)
    // GGW-H20L and others refuse 11h on DVD+RW.
    case 0x10:
    case 0x11:
      if (disc.kind !== 'dvd-rw' && disc.kind !== 'dvd-r') throw notThisDisc()
      return physical(disc)
    default:
      throw notThisDisc()
  }
}

function bluRay(disc: Disc, format: number): Buffer {
  if (format === 0x00) return discInformationBlock()
  if (format === 0x0a) {
    // Pioneer BDR-PR1NZA: spare information of an unformatted disc.
    if (!disc.overwritable) throw check('5/30/10')
    return spareArea(disc)
  }
  throw notThisDisc()
}

function readStructure(drive: Drive, cdb: Buffer): Buffer {
  const format = cdb[7] as number
  const wantsBd = ((cdb[1] as number) & 0x0f) === 1
  const { disc } = drive.medium()
  if (disc.family === 'cd' || wantsBd !== (disc.family === 'bd')) throw check('5/30/02')
  let body: Buffer
  if (format === 0xc0) body = Buffer.from([disc.writeProtected ? 0x01 : 0, 0, 0, 0])
  else if (format === 0xff) {
    const list = wantsBd ? [0x00, 0x0a, 0xc0] : [0x00, 0x01, 0x04, 0xc0]
    body = Buffer.concat(list.map((f) => Buffer.from([f, 0x40, 0x08, 0x04])))
  } else body = wantsBd ? bluRay(disc, format) : dvd(disc, format)
  const head = Buffer.alloc(4)
  head.writeUInt16BE(body.length + 2, 0)
  return Buffer.concat([head, body]).subarray(0, cdb.readUInt16BE(8))
}

export const structure: CommandGroup = { 173: { run: readStructure } }
