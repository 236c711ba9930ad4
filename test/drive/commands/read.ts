// READ(10), READ(12), READ CD, VERIFY(10), SEEK(10) (MMC-6 §6.19 ff.).
import { BLOCK, type Disc } from '../disc.ts'
import type { Drive } from '../drive.ts'
import { check } from '../sense.ts'
import { msf } from './disc-information.ts'
import type { CommandGroup } from './table.ts'

/** Refuses what this disc has not got to read. */
function checkRange(drive: Drive, disc: Disc, lba: number, count: number): void {
  if (disc.state === 'intermediate') {
    if (drive.quirks.intermediateUnreadable) throw check('3/02/00', { information: lba })
    if (lba + count > disc.next) throw check('5/21/00')
    return
  }
  if (disc.overwritable) {
    if (lba + count > disc.blocks) throw check('5/21/00')
    return
  }
  for (let at = lba; at < lba + count; ) {
    const t = disc.tracks.find((x) => x.start <= at && at < x.start + x.blocks)
    if (!t) throw check('5/21/00')
    if (t.audio) throw check('5/64/00')
    const readable = t.start + t.blocks - t.runOut
    if (at >= readable) throw check('3/11/00', { information: at })
    at = Math.min(lba + count, readable)
  }
  if (count === 0 && disc.tracks.length === 0) throw check('5/21/00')
}

function readBlocks(drive: Drive, lba: number, count: number): Buffer {
  const medium = drive.medium()
  checkRange(drive, medium.disc, lba, count)
  return count === 0 ? Buffer.alloc(0) : medium.read(lba, count)
}

/** 2352-byte sectors with what the host chose; user data alone is what everybody asks for. */
function readCd(drive: Drive, cdb: Buffer): Buffer {
  const { disc } = drive.medium()
  if (disc.family !== 'cd') throw check('5/30/02')
  const lba = cdb.readInt32BE(2)
  const count = cdb.readUIntBE(6, 3)
  const main = (cdb[9] as number) & 0xf8
  if (((cdb[9] as number) & 0x06) !== 0 || (cdb[10] as number) & 7) throw check('5/24/00')
  if (lba < 0) throw check('5/21/00')
  const audio = disc.tracks.some((t) => t.audio && t.start <= lba && lba < t.start + t.blocks)
  const type = ((cdb[1] as number) >> 2) & 7
  if (audio) {
    if (type !== 0 && type !== 1) throw check('5/64/00')
    if (lba + count > disc.blocks) throw check('5/21/00')
    return Buffer.alloc(main === 0 ? 0 : count * 2352)
  }
  if (type === 1) throw check('5/64/00')
  const data = readBlocks(drive, lba, count)
  if (main === 0) return Buffer.alloc(0)
  if (main === 0x10) return data
  if (main !== 0xf8) throw check('5/24/00')
  const raw = Buffer.alloc(count * 2352)
  for (let i = 0; i < count; i++) {
    const at = i * 2352
    raw.fill(0xff, at + 1, at + 11)
    const bcd = msf(lba + i).map((n) => Math.floor(n / 10) * 16 + (n % 10))
    const mode2 = disc.kind === 'cd-rw' && disc.overwritable && disc.dataMode === 2
    raw.set([...bcd, mode2 ? 2 : 1], at + 12)
    data.copy(raw, at + (mode2 ? 24 : 16), i * BLOCK, (i + 1) * BLOCK)
  }
  return raw
}

export const read: CommandGroup = {
  40: { run: (drive, cdb) => readBlocks(drive, cdb.readUInt32BE(2), cdb.readUInt16BE(7)) },
  168: {
    run: (drive, cdb) => {
      const count = cdb.readUInt32BE(6)
      if (count > 0xffff) throw check('5/24/00')
      return readBlocks(drive, cdb.readUInt32BE(2), count)
    },
  },
  190: { run: readCd },
  47: {
    run: (drive, cdb) => {
      if (((cdb[1] as number) & 2) !== 0) throw check('5/24/00')
      readBlocks(drive, cdb.readUInt32BE(2), cdb.readUInt16BE(7))
      return undefined
    },
  },
  43: {
    run: (drive, cdb) => {
      checkRange(drive, drive.medium().disc, cdb.readUInt32BE(2), 0)
      return undefined
    },
  },
}
