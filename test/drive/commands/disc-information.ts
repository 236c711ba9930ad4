// READ DISC INFORMATION and READ TRACK INFORMATION (MMC-6 §6.21, §6.26).
import type { Disc } from '../disc.ts'
import type { Drive } from '../drive.ts'
import { check } from '../sense.ts'
import type { CommandGroup } from './table.ts'
import { type TrackView, tracksOf } from './tracks.ts'

/** 97:25:30, where the lead-in of the CD-RW that were seen starts (ATIP). */
export const leadInStart = [97, 25, 30] as const

/** LBA → minute, second, frame, with the 150 frames before LBA 0. */
export const msf = (lba: number): [number, number, number] => {
  const f = lba + 150
  return [Math.floor(f / 4500), Math.floor(f / 75) % 60, f % 75]
}

const background = { none: 0, suspended: 1, running: 2, complete: 3 } as const

function discStatus(disc: Disc): { status: number; lastSession: number } {
  if (disc.kind === 'dvd-ram' && disc.state === 'formatted') {
    return { status: disc.writeProtected ? 2 : 3, lastSession: 3 }
  }
  if (disc.state === 'blank') return { status: 0, lastSession: 0 }
  if (disc.state === 'fast-blanked') return { status: 1, lastSession: 1 }
  if (disc.state === 'damaged') return { status: 1, lastSession: 2 }
  if (disc.state === 'intermediate') return { status: 1, lastSession: 1 }
  // Any drive: a freshly formatted DVD-RW says appendable until something is written (systemd's cdrom_id knows).
  if (disc.kind === 'dvd-rw' && disc.state === 'formatted' && !disc.written) {
    return { status: 1, lastSession: 1 }
  }
  if (disc.overwritable || disc.finalised) return { status: 2, lastSession: 3 }
  return { status: 1, lastSession: disc.sessionOpen ? 1 : 0 }
}

function readDiscInformation(drive: Drive, cdb: Buffer): Buffer {
  if (((cdb[1] as number) & 7) !== 0) throw check('5/24/00')
  const { disc } = drive.medium()
  const tracks = tracksOf(drive, disc)
  const { status, lastSession } = discStatus(disc)
  const b = Buffer.alloc(34)
  b.writeUInt16BE(32, 0)
  const hidden = drive.quirks.notErasable && disc.kind === 'cd-rw' && disc.state === 'formatted'
  const erasable = disc.rewritable && disc.erasable && !hidden
  b[2] = (erasable ? 0x10 : 0) | (lastSession << 2) | status
  const last = tracks.at(-1)
  b[3] = last ? 1 : 0
  b[4] = last?.session ?? 1
  b[5] = last ? (tracks.find((t) => t.session === last.session)?.number ?? 1) : 0
  b[6] = last?.number ?? 0
  b[7] = 0x20 | (disc.kind === 'dvd+rw' || disc.mountRainier ? background[disc.background] : 0)
  b[8] = 0x00
  if (status === 2 || disc.family !== 'cd') {
    b.fill(0xff, 16, 24)
    if (disc.family !== 'cd') b.fill(0, 16, 24)
  } else {
    b.set([0, ...(disc.tracks.length === 0 ? leadInStart : msf(disc.nextTrackStart - 4650))], 16)
    b.set([0, ...msf(disc.recordable)], 20)
  }
  return b.subarray(0, cdb.readUInt16BE(7))
}

function encodeTrack(t: TrackView): Buffer {
  const b = Buffer.alloc(36)
  b.writeUInt16BE(34, 0)
  b[2] = t.number & 255
  b[3] = t.session & 255
  b[5] = (t.damaged ? 0x20 : 0) | t.mode
  b[6] =
    (t.reserved ? 0x80 : 0) | (t.blank ? 0x40 : 0) | (t.packet ? 0x20 : 0) | (t.fixed ? 0x10 : 0) | t.dataMode
  b[7] = (t.lastRecorded === undefined ? 0 : 2) | (t.next === undefined ? 0 : 1)
  b.writeUInt32BE(t.start, 8)
  b.writeUInt32BE(t.next ?? 0, 12)
  b.writeUInt32BE(t.free, 16)
  b.writeUInt32BE(t.packetSize, 20)
  b.writeUInt32BE(t.size, 24)
  b.writeUInt32BE(t.lastRecorded ?? 0, 28)
  b[32] = t.number >> 8
  b[33] = t.session >> 8
  return b
}

function readTrackInformation(drive: Drive, cdb: Buffer): Buffer {
  const medium = drive.medium()
  if (drive.quirks.staysBroken && medium.broken) throw check('3/11/05')
  const tracks = tracksOf(drive, medium.disc)
  const [kind, at] = [(cdb[1] as number) & 3, cdb.readUInt32BE(2)]
  let found: TrackView | undefined
  if (kind === 0) found = tracks.findLast((t) => t.start <= at && at < t.start + Math.max(1, t.size))
  else if (kind === 1) {
    found =
      at === 0xff ? tracks.find((t) => t.next !== undefined || t.blank) : tracks.find((t) => t.number === at)
  } else if (kind === 2) found = tracks.find((t) => t.session === at)
  if (!found) throw check('5/24/00')
  return encodeTrack(found).subarray(0, cdb.readUInt16BE(7))
}

export const discInformation: CommandGroup = {
  81: { run: readDiscInformation },
  82: { run: readTrackInformation },
}
