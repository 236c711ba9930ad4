// WRITE(10), WRITE(12), WRITE AND VERIFY(10), SYNCHRONIZE CACHE (MMC-6 §6.44 ff.): who may write what, where.
import { BLOCK, type Disc } from '../disc.ts'
import type { Drive } from '../drive.ts'
import type { Medium } from '../medium.ts'
import { writeParameters } from '../mode-pages.ts'
import { check } from '../sense.ts'
import { closeSession, closeTrack } from './close.ts'
import type { CommandGroup } from './table.ts'

/** A CD-RW in fixed packets: page 05h must say so, and only whole packets go. */
function checkCdPackets(drive: Drive, disc: Disc, lba: number, count: number): void {
  if (!drive.quirks.ignoresWritePage && drive.quirks.packetPage !== 'refused') {
    const p = writeParameters(drive.pages)
    const blockType = disc.dataMode === 2 ? 10 : 8
    const fits =
      p.writeType === 'packet' &&
      p.fixedPacket &&
      p.packetSize === disc.packetBlocks &&
      p.blockType === blockType &&
      (p.trackMode & 4) !== 0
    if (!fits) throw check('5/64/00')
  }
  checkAligned(disc, lba, count)
}

function checkAligned(disc: Disc, lba: number, count: number): void {
  if (lba % disc.packetBlocks !== 0 || count % disc.packetBlocks !== 0) throw check('5/21/02')
}

function checkOverwrite(drive: Drive, medium: Medium, lba: number, count: number): void {
  const { disc } = medium
  const end = disc.state === 'intermediate' ? disc.fullBlocks : disc.blocks
  // ASUS DRW-1608P2: past the end of a DVD+RW is 5/21/02.
  if (lba + count > end) throw check(disc.kind === 'dvd+rw' ? '5/21/02' : '5/21/00')
  // The drive itself gathers packets.
  if (disc.mountRainier) return
  if (disc.kind === 'cd-rw') checkCdPackets(drive, disc, lba, count)
  if (disc.kind === 'dvd-rw') checkAligned(disc, lba, count)
  if (disc.state === 'intermediate' && lba > disc.next) throw check('5/21/02')
  if (disc.kind !== 'dvd+rw') return
  const { strict32k, noMixing } = drive.quirks
  if (strict32k && (lba % 16 !== 0 || count % 16 !== 0)) throw check('5/2C/00')
  if (noMixing && medium.readSinceFlush && medium.cache.size > 0) throw check('5/2C/00')
}

/** Sequential recording: only at the next writable address, in a write type the disc takes. */
function checkSequential(drive: Drive, disc: Disc, lba: number, count: number): void {
  if (disc.kind !== 'cd-rw' && disc.kind !== 'dvd-rw') throw check('5/30/10')
  const { writeType } = writeParameters(drive.pages)
  if (writeType === 'raw' || (disc.kind === 'cd-rw' && writeType === 'packet')) throw check('5/64/00')
  // Minimally blanked DVD-RW takes disc at once only.
  if (disc.state === 'fast-blanked' && writeType !== 'sao') throw check('5/64/00')
  const open = disc.openTrack
  if (open?.damaged) throw check('3/57/00')
  const next = open ? open.start + open.blocks : disc.nextTrackStart
  if (lba !== next) throw check('5/21/02')
  if (lba + count > disc.recordable) throw check('5/21/00')
}

function appendBlocks(drive: Drive, medium: Medium, lba: number, count: number, data: Buffer): void {
  const { disc } = medium
  const skipped = Math.min(count, preGap(drive, disc, lba))
  if (count > 0 && skipped === count) return
  const at = (lba + skipped) >>> 0
  checkSequential(drive, disc, at, count - skipped)
  const { testWrite, writeType } = writeParameters(drive.pages)
  if (count === 0 || testWrite) return
  medium.append(at, data.subarray(skipped * BLOCK), disc.kind === 'dvd-rw' && writeType === 'packet')
}

function writeBlocks(drive: Drive, lba: number, count: number, data: Buffer, through: boolean): undefined {
  const medium = drive.medium()
  const { disc } = medium
  if (!disc.rewritable || !drive.writes(disc.profile)) throw check('5/30/05')
  if (disc.writeProtected) throw check('7/27/00')
  if (drive.dueFlow > 0) {
    drive.dueFlow--
    throw check('2/04/08')
  }
  if (!disc.overwritable) {
    if (disc.finalised) throw check('5/30/05')
    appendBlocks(drive, medium, lba, count, data)
    return undefined
  }
  checkOverwrite(drive, medium, lba, count)
  if (count === 0) return undefined
  medium.write(lba, data, through)
  drive.freshlyFormatted = false
  disc.written = true
  if (disc.state === 'intermediate') disc.next = Math.max(disc.next, lba + count)
  return undefined
}

/** Session at once on CD starts in the pre-gap, at LBA -150: blocks of that are not kept. */
const preGap = (drive: Drive, disc: Disc, lba: number): number =>
  disc.family === 'cd' && drive.cueSheet ? Math.max(0, -(lba | 0)) : 0

/** SYNCHRONIZE CACHE ends a track at once, and a session or disc at once; incremental DVD is padded to an ECC block. */
function endSequential(drive: Drive, disc: Disc): void {
  const open = disc.openTrack
  if (!open || open.damaged || open.blocks === 0) return
  const { writeType } = writeParameters(drive.pages)
  if (disc.family === 'dvd') open.blocks = Math.ceil(open.blocks / 16) * 16
  if (writeType === 'sao') {
    closeSession(drive, disc, false)
    drive.cueSheet = false
  } else if (writeType === 'tao' && disc.family === 'cd') closeTrack(disc)
}

const ten = (cdb: Buffer): number => cdb.readUInt16BE(7) * BLOCK
const fua = (cdb: Buffer): boolean => ((cdb[1] as number) & 8) !== 0

export const write: CommandGroup = {
  42: {
    dataOut: ten,
    run: (drive, cdb, out) => writeBlocks(drive, cdb.readUInt32BE(2), cdb.readUInt16BE(7), out, fua(cdb)),
  },
  170: {
    dataOut: (cdb) => cdb.readUInt32BE(6) * BLOCK,
    run: (drive, cdb, out) => writeBlocks(drive, cdb.readUInt32BE(2), cdb.readUInt32BE(6), out, fua(cdb)),
  },
  46: {
    dataOut: ten,
    run: (drive, cdb, out) => {
      const [lba, count] = [cdb.readUInt32BE(2), cdb.readUInt16BE(7)]
      if (!drive.medium().disc.overwritable) throw check('5/64/00')
      writeBlocks(drive, lba, count, out, true)
      if (count > 0) drive.medium().read(lba, count)
      return undefined
    },
  },
  53: {
    run: (drive, cdb) => {
      const medium = drive.medium()
      const immediate = ((cdb[1] as number) & 2) !== 0
      if (immediate && drive.quirks.immediateSyncIdle) return undefined
      medium.flush()
      endSequential(drive, medium.disc)
      return undefined
    },
  },
}
