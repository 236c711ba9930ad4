// READ TOC/PMA/ATIP (MMC-6 §6.25).
import type { Disc } from '../disc.ts'
import type { Drive } from '../drive.ts'
import { check } from '../sense.ts'
import { leadInStart, msf } from './disc-information.ts'
import type { CommandGroup } from './table.ts'
import { type TrackView, tocTracks } from './tracks.ts'

const leadOut = (tracks: TrackView[], disc: Disc): number => {
  const last = tracks.at(-1)
  return last ? last.start + last.size : disc.blocks
}

const address = (lba: number, asMsf: boolean): number[] =>
  asMsf ? [0, ...msf(lba)] : [(lba >>> 24) & 255, (lba >>> 16) & 255, (lba >>> 8) & 255, lba & 255]

function wrap(first: number, last: number, body: number[]): Buffer {
  const b = Buffer.from([0, 0, first, last, ...body])
  b.writeUInt16BE(b.length - 2, 0)
  return b
}

function formatted(tracks: TrackView[], disc: Disc, from: number, asMsf: boolean): Buffer {
  const last = tracks.at(-1) as TrackView
  if (from > last.number && from !== 0xaa) throw check('5/24/00')
  const rows = tracks
    .filter((t) => t.number >= from)
    .flatMap((t) => [0, 0x10 | t.mode, t.number, 0, ...address(t.start, asMsf)])
  const out = [0, 0x10 | last.mode, 0xaa, 0, ...address(leadOut(tracks, disc), asMsf)]
  return wrap((tracks[0] as TrackView).number, last.number, [...rows, ...out])
}

function sessions(tracks: TrackView[], asMsf: boolean): Buffer {
  const last = tracks.at(-1) as TrackView
  const first = tracks.find((t) => t.session === last.session) as TrackView
  return wrap(1, last.session, [0, 0x10 | first.mode, first.number, 0, ...address(first.start, asMsf)])
}

function full(tracks: TrackView[], disc: Disc, from: number): Buffer {
  const last = tracks.at(-1) as TrackView
  const rows: number[] = []
  for (let session = Math.max(1, from); session <= last.session; session++) {
    const own = tracks.filter((t) => t.session === session)
    const [a, z] = [own[0], own.at(-1)]
    if (!a || !z) continue
    const type = disc.kind === 'cd-rw' && disc.dataMode === 2 && disc.overwritable ? 0x20 : 0
    const row = (point: number, m: number, s: number, f: number, mode: number) =>
      rows.push(session, 0x10 | mode, 0, point, 0, 0, 0, 0, m, s, f)
    row(0xa0, a.number, type, 0, a.mode)
    row(0xa1, z.number, 0, 0, z.mode)
    row(0xa2, ...msf(z.start + z.size), z.mode)
    for (const t of own) row(t.number, ...msf(t.start), t.mode)
  }
  return wrap(1, last.session, rows)
}

/** Absolute time in pregroove of the CD-RW that was seen most: 4x to 10x high speed, A1 24 1A D8, A2 26 B2 4A. */
function atip(disc: Disc): Buffer {
  const b = Buffer.alloc(32)
  b.writeUInt16BE(30, 0)
  b[4] = 0xd0
  b[5] = 0x00
  b[6] = 0x80 | (disc.kind === 'cd-rw' ? 0x4e : 0x00)
  b.set(leadInStart, 8)
  b.set(msf(disc.recordable), 12)
  if (disc.kind === 'cd-rw') {
    b.set([0x24, 0x1a, 0xd8], 16)
    b.set([0x26, 0xb2, 0x4a], 20)
  }
  return b
}

function readToc(drive: Drive, cdb: Buffer): Buffer {
  const { disc } = drive.medium()
  const asMsf = ((cdb[1] as number) & 2) !== 0
  // MMC-1 hosts put the format into the control byte.
  const format = (cdb[2] as number) & 0x0f || (cdb[9] as number) >> 6
  const from = cdb[6] as number
  const tracks = tocTracks(drive, disc)
  const answer = (): Buffer => {
    if (format === 4) {
      if (disc.kind !== 'cd-rw' && disc.kind !== 'cd-r') throw check('5/24/00')
      return atip(disc)
    }
    if (format > 2) throw check('5/24/00')
    // ASUS DRW-24D5MT: a blank disc has no TOC to read (udftools issue 33).
    if (tracks.length === 0 || disc.state === 'blank') throw check('5/24/00')
    if (format === 0) return formatted(tracks, disc, from, asMsf)
    if (format === 1) return sessions(tracks, asMsf)
    if (drive.quirks.fullTocFails && disc.kind === 'cd-rw' && disc.overwritable) throw check('5/24/00')
    return full(tracks, disc, from)
  }
  return answer().subarray(0, cdb.readUInt16BE(7))
}

export const toc: CommandGroup = { 67: { run: readToc } }
