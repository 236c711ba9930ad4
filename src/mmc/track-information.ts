// READ TRACK INFORMATION (MMC-6 §6.26).
import type { TrackInformation } from '../media/facts.ts'
import { cdb, declared, put, u8, u16, u32 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

/** Information on one track by its number (address type 01b). */
export const readTrackInformation = (track: number, length = 36): Command => ({
  cdb: put(put(cdb(10, opcode.readTrackInformation, { 1: 0x01 }), 2, 4, track), 7, 2, length),
  dataIn: length,
  timeoutMs: 30_000,
})

/** Needs the 28 bytes up to the track size; drives send 28, 34, 36, 40 or 48. The last recorded address counts only with LRA_V. */
export function decodeTrackInformation(reply: Uint8Array): TrackInformation | undefined {
  const length = u16(reply, 0)
  if (length === undefined) return undefined
  const body = declared(reply, length + 2)
  const number = u8(body, 2)
  const mode = u8(body, 5)
  const flags = u8(body, 6)
  const valid = u8(body, 7)
  const startAddress = u32(body, 8)
  const fixedPacketSize = u32(body, 20)
  const trackSize = u32(body, 24)
  if (
    number === undefined ||
    mode === undefined ||
    flags === undefined ||
    valid === undefined ||
    startAddress === undefined
  )
    return undefined
  if (fixedPacketSize === undefined || trackSize === undefined) return undefined
  const last = (valid & 0x02) === 0 ? undefined : u32(body, 28)
  return {
    number: number + 256 * (u8(body, 32) ?? 0),
    reservedTrack: (flags & 0x80) !== 0,
    blank: (flags & 0x40) !== 0,
    packet: (flags & 0x20) !== 0,
    fixedPacket: (flags & 0x10) !== 0,
    trackMode: mode & 0x0f,
    dataMode: flags & 0x0f,
    damaged: (mode & 0x20) !== 0,
    startAddress,
    fixedPacketSize,
    trackSize,
    ...(last === undefined ? {} : { lastRecordedAddress: last }),
  }
}
