// MODE SENSE and MODE SELECT, 6 and 10 bytes (SPC-4 §6.9 ff., MMC-6 §7).
import type { Drive } from '../drive.ts'
import { changeableMask, defaultPages, writeParameters } from '../mode-pages.ts'
import { check } from '../sense.ts'
import { pageSpeeds } from './performance.ts'
import type { CommandGroup } from './table.ts'

/** Capabilities and mechanical status page, made anew each time: lock and speeds are live (MMC-3 §6.3.11). */
function capabilities(drive: Drive): Buffer {
  const speeds = pageSpeeds(drive)
  const b = Buffer.alloc(32 + speeds.length * 4)
  b[0] = 0x2a
  b[1] = b.length - 2
  b[2] =
    0x07 | (drive.has(0x10) ? 0x08 : 0) | (drive.has(0x11, 0x14) ? 0x10 : 0) | (drive.has(0x12) ? 0x20 : 0)
  b[3] =
    (drive.writes(0x09) ? 0x05 : 0) |
    (drive.writes(0x0a) ? 0x02 : 0) |
    (drive.writes(0x11, 0x14) ? 0x10 : 0) |
    (drive.writes(0x12) ? 0x20 : 0)
  // BUF, multi-session, mode 2 forms 2 and 1; CD-DA commands, accurate stream.
  b[4] = 0xf0
  b[5] = 0x03
  b[6] = 0x20 | 0x08 | (drive.prevent !== 0 ? 0x02 : 0) | 0x01
  b.writeUInt16BE(7056, 8)
  b.writeUInt16BE(0x0100, 10)
  b.writeUInt16BE(drive.profile.bufferKiB, 12)
  b.writeUInt16BE(drive.readSpeed || 7056, 14)
  b.writeUInt16BE(speeds[0] ?? 0, 18)
  b.writeUInt16BE(drive.writeSpeed || (speeds[0] ?? 0), 20)
  b.writeUInt16BE(1, 22)
  b[27] = 0
  b.writeUInt16BE(drive.writeSpeed || (speeds[0] ?? 0), 28)
  b.writeUInt16BE(speeds.length, 30)
  for (const [i, speed] of speeds.entries()) b.writeUInt16BE(speed, 34 + i * 4)
  return b
}

function pageBytes(drive: Drive, code: number, control: number): Buffer | undefined {
  if (code === 0x2a) {
    const b = capabilities(drive)
    if (control === 1) b.fill(0, 2)
    return b
  }
  const current = drive.pages.get(code)
  if (!current) return undefined
  if (control === 1) return changeableMask(code)
  return control === 2 ? defaultPages().get(code) : current
}

function sense(drive: Drive, cdb: Buffer, ten: boolean): Buffer {
  const control = (cdb[2] as number) >> 6
  if (control === 3) throw check('5/39/00')
  const code = (cdb[2] as number) & 0x3f
  const subpage = cdb[3] as number
  if (subpage !== 0 && subpage !== 0xff) throw check('5/24/00')
  const codes = code === 0x3f ? [...drive.pages.keys(), 0x2a] : [code]
  const pages = codes.map((c) => pageBytes(drive, c, control))
  if (pages.includes(undefined)) throw check('5/24/00')
  const body = Buffer.concat(pages as Buffer[])
  const head = Buffer.alloc(ten ? 8 : 4)
  // Medium type of old: 70h no disc, 71h tray open, 00h a disc.
  const type = drive.trayOpen ? 0x71 : drive.loaded ? 0 : 0x70
  const protect = drive.loaded?.disc.writeProtected ? 0x80 : 0
  if (ten) {
    head.writeUInt16BE(body.length + 6, 0)
    head[2] = type
    head[3] = protect
  } else {
    head[0] = Math.min(255, body.length + 3)
    head[1] = type
    head[2] = protect
  }
  const all = Buffer.concat([head, body])
  return all.subarray(0, ten ? cdb.readUInt16BE(7) : cdb[4])
}

function select(drive: Drive, cdb: Buffer, out: Buffer, ten: boolean): undefined {
  const flags = cdb[1] as number
  if ((flags & 0x10) === 0 || (flags & 0x01) !== 0) throw check('5/24/00')
  if (out.length === 0) return undefined
  const head = ten ? 8 : 4
  if (out.length < head) throw check('5/1A/00')
  const descriptors = ten ? out.readUInt16BE(6) : (out[3] as number)
  let at = head + descriptors
  if (at > out.length) throw check('5/1A/00')
  const changed: [number, Buffer][] = []
  while (at < out.length) {
    if (at + 2 > out.length) throw check('5/1A/00')
    const code = (out[at] as number) & 0x3f
    const length = 2 + (out[at + 1] as number)
    if (at + length > out.length) throw check('5/1A/00')
    const old = pageBytes(drive, code, 0)
    if (!old || old.length !== length) throw check('5/26/00')
    const page = Buffer.from(out.subarray(at, at + length))
    page[0] = code
    if (code !== 0x2a) {
      const mask = changeableMask(code)
      for (let i = 2; i < length; i++) {
        if (((page[i] as number) ^ (old[i] as number)) & ~(mask[i] as number) & 0xff) throw check('5/26/00')
      }
      changed.push([code, page])
    }
    at += length
  }
  for (const [code, page] of changed) {
    if (code === 0x05) checkWriteParameters(drive, page)
    drive.pages.set(code, page)
  }
  return undefined
}

/** Refuses write parameters that the drive, or the disc in it, cannot take (udftools issue 33: 5/26/00). */
function checkWriteParameters(drive: Drive, page: Buffer): void {
  const wanted = writeParameters(new Map([[0x05, page]]))
  if (wanted.writeType === 'other') throw check('5/26/00')
  if (![0, 1, 2, 3, 8, 9, 10, 11, 12, 13].includes(wanted.blockType)) throw check('5/26/00')
  if (wanted.writeType !== 'packet') return
  const disc = drive.loaded?.disc
  const { packetPage } = drive.quirks
  const unready = disc?.kind === 'cd-rw' && (disc.state === 'blank' || disc.state === 'appendable')
  if (packetPage === 'refused' || (packetPage === 'refused-on-blank' && unready)) throw check('5/26/00')
  if (wanted.fixedPacket && wanted.packetSize === 0) throw check('5/26/00')
}

export const mode: CommandGroup = {
  26: { run: (drive, cdb) => sense(drive, cdb, false) },
  90: { run: (drive, cdb) => sense(drive, cdb, true) },
  21: {
    dataOut: (cdb) => cdb[4] as number,
    run: (drive, cdb, out) => select(drive, cdb, out, false),
  },
  85: { dataOut: (cdb) => cdb.readUInt16BE(7), run: (drive, cdb, out) => select(drive, cdb, out, true) },
}
