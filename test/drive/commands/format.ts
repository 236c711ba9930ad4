// FORMAT UNIT and BLANK (MMC-6 §6.4, §6.2).
import type { Disc } from '../disc.ts'
import type { Drive } from '../drive.ts'
import { bdRaw } from '../kinds.ts'
import { writeParameters } from '../mode-pages.ts'
import { Operation } from '../operation.ts'
import { check } from '../sense.ts'
import { type FormatDescriptor, formatDescriptors } from './capacity.ts'
import type { CommandGroup } from './table.ts'

function writableDisc(drive: Drive): Disc {
  const { disc } = drive.medium()
  if (!disc.rewritable || !drive.writes(disc.profile))
    throw check(disc.kind === 'cd-r' ? '5/30/06' : '5/30/05')
  if (disc.writeProtected) throw check('7/27/00')
  return disc
}

/** Blocks wanted: all of them for 0 and FFFFFFFFh, else at most what a descriptor of that type offers. */
function sizeOf(disc: Disc, type: number, wanted: number): number {
  const offered = formatDescriptors(disc)
    .filter(([, t]) => t === type)
    .map(([blocks]) => blocks)
  const most = Math.max(-1, ...offered)
  if (most < 0) throw check('5/26/00')
  if (wanted === 0xffffffff || wanted === 0) return most
  if (wanted > most) throw check('5/26/00')
  return wanted - (wanted % disc.packetBlocks)
}

function wipe(drive: Drive, disc: Disc): void {
  drive.loaded?.cache.drop()
  disc.clear()
  drive.contentChanged()
}

function applyFormat(drive: Drive, disc: Disc, [blocks, type]: FormatDescriptor): void {
  // 13h grows the last session: what is there stays.
  if (type === 0x13 || type === 0x11) {
    disc.blocks += blocks
    disc.state = type === 0x13 ? 'intermediate' : 'formatted'
    disc.next = disc.blocks - blocks
    return
  }
  wipe(drive, disc)
  disc.formats++
  disc.blocks = blocks
  disc.state = type === 0x15 ? 'intermediate' : 'formatted'
  if (disc.kind === 'cd-rw') {
    const p = writeParameters(drive.pages)
    disc.dataMode = p.writeType === 'packet' && p.blockType === 10 ? 2 : 1
  }
  if (disc.kind === 'dvd-rw') drive.freshlyFormatted = true
}

/** DVD+RW: usable at once, the rest goes on behind the host's back (MMC-6 §4.4.5.2). */
function startBackground(drive: Drive, disc: Disc, restart: boolean): void {
  if (restart && disc.state !== 'formatted') throw check('5/26/00')
  if (restart && disc.background !== 'suspended') throw check('5/26/00')
  if (!restart) {
    wipe(drive, disc)
    disc.formats++
    disc.blocks = disc.fullBlocks
    disc.state = 'formatted'
    disc.backgroundProgress = 0.016
  }
  disc.background = 'running'
  const finish = () => {
    disc.background = 'complete'
  }
  const ms = drive.durations.background
  drive.begin(new Operation('background', '2/04/04', drive.clock.now(), ms, finish, { background: true }))
}

function begin(drive: Drive, kind: 'format' | 'blank', immediate: boolean, finish: () => void): void {
  const sense = kind === 'format' ? '2/04/04' : '2/04/07'
  const op = new Operation(kind, sense, drive.clock.now(), drive.durations[kind], finish, { immediate })
  drive.begin(op)
}

function formatUnit(drive: Drive, cdb: Buffer, out: Buffer): undefined {
  const disc = writableDisc(drive)
  const flags = cdb[1] as number
  if ((flags & 0x10) === 0) throw check('5/24/00')
  const code = flags & 7
  if (out.length < 12) throw check('5/1A/00')
  const immediate = ((out[1] as number) & 2) !== 0
  if (out.readUInt16BE(2) !== 8) throw check('5/26/00')
  // The old CD-RW format of MMC-1: code 7, blocks in the last four bytes.
  if (code === 7) {
    if (disc.kind !== 'cd-rw') throw check('5/24/00')
    if (drive.quirks.legacyFormatRefused) throw check('5/64/00')
    const blocks = sizeOf(disc, 0x10, out.readUInt32BE(8))
    begin(drive, 'format', immediate, () => applyFormat(drive, disc, [blocks, 0x10, 32]))
    return undefined
  }
  if (code !== 1) throw check('5/24/00')
  const wanted = out.readUInt32BE(4)
  const type = (out[8] as number) >> 2
  const parameter = out.readUIntBE(9, 3)
  if (disc.kind === 'dvd+rw') {
    if (type !== 0x26) throw check('5/26/00')
    startBackground(drive, disc, (parameter & 1) !== 0)
    return undefined
  }
  const own = disc.kind === 'cd-rw' ? 32 : disc.kind === 'dvd-rw' ? 16 : undefined
  const expected = type === 0x00 && disc.kind === 'dvd-rw' ? 0x800 : own
  if (expected !== undefined && parameter !== expected) throw check('5/26/00')
  const blocks = bdBlocks(disc, type, wanted, parameter) ?? sizeOf(disc, type, wanted)
  if (blocks === 0) throw check('5/26/00')
  begin(drive, 'format', immediate, () => applyFormat(drive, disc, [blocks, type, parameter]))
  return undefined
}

/** BD-RE 30h with a spare size of its own: blocks + spare × 32 is the whole disc. */
function bdBlocks(disc: Disc, type: number, wanted: number, parameter: number): number | undefined {
  if (disc.kind !== 'bd-re' || type !== 0x30 || parameter === 0) return undefined
  const blocks = bdRaw(disc.fullBlocks) - parameter * 32
  if (blocks <= 0 || (wanted !== 0 && wanted !== 0xffffffff && wanted !== blocks)) throw check('5/26/00')
  return blocks
}

function blank(drive: Drive, cdb: Buffer): undefined {
  const disc = writableDisc(drive)
  if (disc.kind !== 'cd-rw' && disc.kind !== 'dvd-rw') throw check('5/30/05')
  const type = (cdb[1] as number) & 7
  if (type > 1) throw check('5/24/00')
  const immediate = ((cdb[1] as number) & 0x10) !== 0
  begin(drive, 'blank', immediate, () => {
    wipe(drive, disc)
    disc.blanks++
    disc.blocks = disc.fullBlocks
    disc.state = type === 1 && disc.kind === 'dvd-rw' ? 'fast-blanked' : 'blank'
  })
  return undefined
}

export const format: CommandGroup = {
  // The parameter list is as long as the host makes it: cdrwtool sends 16 bytes where 12 do.
  4: { run: formatUnit, dataOut: () => 12 },
  161: { run: blank },
}
