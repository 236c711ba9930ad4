// CLOSE TRACK/SESSION, RESERVE TRACK, SEND CUE SHEET (MMC-6 §6.3, §6.31, §6.33).
import { type Disc, track } from '../disc.ts'
import type { Drive } from '../drive.ts'
import { writeParameters } from '../mode-pages.ts'
import { Operation } from '../operation.ts'
import { check } from '../sense.ts'
import type { CommandGroup } from './table.ts'

/** Ends the open track: run-out on CD, whole ECC blocks on DVD. */
export function closeTrack(disc: Disc): void {
  const open = disc.openTrack
  if (!open || open.damaged) return
  open.open = false
  // Track at once on CD leaves two run-out blocks behind; a DVD track ends at an ECC block.
  if (disc.family === 'cd') {
    open.runOut = 2
    open.blocks += 2
  } else open.blocks = Math.ceil(open.blocks / 16) * 16
}

/** Lead-out; `final` leaves no room for another session. */
export function closeSession(drive: Drive, disc: Disc, final: boolean): void {
  closeTrack(disc)
  if (!disc.sessionOpen) return
  disc.sessionOpen = false
  const last = disc.tracks.at(-1)
  disc.blocks = last ? last.start + last.blocks : disc.blocks
  if (final || writeParameters(drive.pages).multiSession === 0) {
    disc.finalised = true
    disc.state = 'session'
  }
  drive.contentChanged()
}

/** What CLOSE does to a disc that is overwritten in place. */
function closeOverwritable(drive: Drive, disc: Disc, what: number): void {
  drive.loaded?.flush()
  if (disc.kind === 'dvd+rw' && disc.background === 'running') {
    disc.backgroundProgress = drive.progress()
    drive.operation = undefined
    disc.background = 'suspended'
  }
  if (disc.state === 'intermediate' && what >= 2) {
    disc.blocks = Math.max(disc.packetBlocks, disc.next)
    disc.state = 'formatted'
    drive.contentChanged()
  }
}

function close5b(drive: Drive, cdb: Buffer): undefined {
  const { disc } = drive.medium()
  if (!disc.rewritable || !drive.writes(disc.profile)) throw check('5/30/05')
  const what = (cdb[2] as number) & 7
  const immediate = ((cdb[1] as number) & 1) !== 0
  if (!disc.overwritable && disc.kind !== 'cd-rw' && disc.kind !== 'dvd-rw') throw check('5/30/10')
  if (what === 1 && !disc.overwritable) {
    const open = disc.openTrack
    const asked = cdb.readUInt16BE(4)
    if (open && asked !== open.number && asked !== 0xff && asked !== 0xffff) throw check('5/24/00')
  }
  const finish = () => {
    if (disc.overwritable) closeOverwritable(drive, disc, what)
    else if (what === 1) closeTrack(disc)
    else if (what >= 2) closeSession(drive, disc, what === 3 || what === 6)
  }
  const { close: ms } = drive.durations
  drive.begin(new Operation('close', '2/04/07', drive.clock.now(), ms, finish, { immediate }))
  return undefined
}

function reserveTrack(drive: Drive, cdb: Buffer): undefined {
  const { disc } = drive.medium()
  // NEC ND-3500AG on DVD+RW: 5/30/05.
  if (disc.kind !== 'cd-rw' && disc.kind !== 'dvd-rw') throw check('5/30/05')
  if (disc.overwritable || disc.finalised) throw check('5/30/05')
  if (disc.openTrack) throw check('5/2C/00')
  const size = cdb.readUInt32BE(5)
  const start = disc.nextTrackStart
  if (start + size > disc.recordable) throw check('5/24/00')
  const last = disc.tracks.at(-1)
  const session = last ? last.session + (disc.sessionOpen ? 0 : 1) : 1
  disc.tracks.push(track((last?.number ?? 0) + 1, session, start, 0, { open: true, packet: true }))
  disc.sessionOpen = true
  if (disc.state === 'blank') disc.state = 'appendable'
  return undefined
}

export const close: CommandGroup = {
  91: { run: close5b },
  83: { run: reserveTrack },
  93: {
    dataOut: (cdb) => cdb.readUIntBE(6, 3),
    run: (drive) => {
      const { disc } = drive.medium()
      if (disc.kind !== 'cd-rw' || disc.overwritable || disc.finalised) throw check('5/30/05')
      if (writeParameters(drive.pages).writeType !== 'sao') throw check('5/2C/00')
      drive.cueSheet = true
      return undefined
    },
  },
}
