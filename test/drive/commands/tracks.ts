// The tracks of a disc as READ TRACK INFORMATION, READ DISC INFORMATION and READ TOC see them.
import type { Disc, Track } from '../disc.ts'
import type { Drive } from '../drive.ts'

/** One track as READ TRACK INFORMATION describes it (MMC-6 §6.26.3). */
export interface TrackView {
  number: number
  session: number
  start: number
  size: number
  free: number
  /** CONTROL of the TOC: 4 data, 5 data recorded in packets, 7 the same and copying permitted, 0 audio. */
  mode: number
  dataMode: number
  reserved: boolean
  blank: boolean
  packet: boolean
  fixed: boolean
  packetSize: number
  damaged: boolean
  next?: number
  lastRecorded?: number
}

const plain: Omit<TrackView, 'number' | 'session' | 'start' | 'size'> = {
  free: 0,
  mode: 4,
  dataMode: 1,
  reserved: false,
  blank: false,
  packet: false,
  fixed: false,
  packetSize: 0,
  damaged: false,
}

/** The single track of an overwritable disc. */
function overwritable(drive: Drive, disc: Disc): TrackView {
  const one = { ...plain, number: 1, session: 1, start: 0, size: disc.blocks }
  const { lastRecorded, plusRwTrack } = drive.quirks
  const last =
    lastRecorded === 'always' || (lastRecorded === 'dvd-ram' && disc.kind === 'dvd-ram')
      ? { lastRecorded: disc.blocks - 1 }
      : {}
  switch (disc.kind) {
    // The bytes recorded in udftools PR 44: mode 7, RT, packet, FP, neither LRA nor NWA valid.
    case 'cd-rw':
      return {
        ...one,
        ...last,
        mode: 7,
        dataMode: disc.dataMode,
        reserved: true,
        packet: true,
        fixed: true,
        packetSize: 32,
      }
    case 'dvd-rw':
      return {
        ...one,
        ...(disc.state === 'intermediate' ? { next: disc.next } : last),
        reserved: true,
        packet: true,
        fixed: true,
        packetSize: 16,
      }
    case 'dvd+rw':
      return {
        ...one,
        ...last,
        packet: plusRwTrack !== 'plain',
        fixed: plusRwTrack === 'fixed',
        packetSize: plusRwTrack === 'fixed' ? 16 : 0,
      }
    default:
      return { ...one, ...last, packet: true, fixed: true, packetSize: disc.packetBlocks }
  }
}

const recorded = (disc: Disc, t: Track): TrackView => {
  const open = t.open && !t.damaged
  const next = t.start + t.blocks
  const free = t.open ? Math.max(0, disc.recordable - next) : 0
  return {
    ...plain,
    number: t.number,
    session: t.session,
    start: t.start,
    size: t.open ? t.blocks + free : t.blocks,
    free,
    mode: t.audio ? 0 : 4,
    blank: t.open && t.blocks === 0,
    packet: t.packet,
    damaged: t.damaged,
    packetSize: t.packet && disc.family === 'dvd' ? 16 : 0,
    ...(open || t.damaged ? { next } : {}),
  }
}

/** All tracks, the invisible one at the end of a disc that takes more included. */
export function tracksOf(drive: Drive, disc: Disc): TrackView[] {
  if (disc.overwritable) return [overwritable(drive, disc)]
  const list = disc.tracks.map((t) => recorded(disc, t))
  if (disc.finalised || disc.openTrack || disc.state === 'fast-blanked') return list
  const last = list.at(-1)
  const start = disc.nextTrackStart
  const size = Math.max(0, disc.recordable - start)
  // Virgin DVD+RW, DVD-RAM and BD-RE want a format first, so no address is writable.
  const next = disc.kind === 'cd-rw' || disc.kind === 'dvd-rw' ? { next: start } : {}
  list.push({
    ...plain,
    number: (last?.number ?? 0) + 1,
    session: (last?.session ?? 0) + (disc.sessionOpen ? 0 : 1),
    start,
    size,
    free: size,
    dataMode: 0x0f,
    blank: true,
    packet: disc.kind === 'dvd-rw',
    ...next,
  })
  return list
}

/** Tracks as a TOC lists them: recorded and closed ones, or the one of an overwritable disc. */
export function tocTracks(drive: Drive, disc: Disc): TrackView[] {
  if (disc.state === 'intermediate') return []
  if (!disc.overwritable) {
    return disc.tracks.filter((t) => !t.open || t.damaged).map((t) => recorded(disc, t))
  }
  const one = overwritable(drive, disc)
  return [disc.family === 'cd' ? one : { ...one, mode: drive.quirks.tocControl }]
}
