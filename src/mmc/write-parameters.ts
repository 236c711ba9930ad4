// Write parameters, mode page 05h (MMC-6 §7.5): how a CD-RW is to be written.
import { put, u8, u32 } from './fields.ts'

export const WRITE_PARAMETERS_PAGE = 0x05
/** PAGE LENGTH of MMC-2 and later; drives of other times have more. */
const LENGTH = 0x32
/** Bytes of the page that concern us. */
export const pageBytes = 2 + LENGTH

export interface WriteParameters {
  /** 0 packet, 1 track at once, 2 session at once, 3 raw. */
  writeType: number
  bufferUnderrunFree: boolean
  fixedPacket: boolean
  trackMode: number
  /** 8 mode 1, 10 mode 2 XA form 1 (MMC-6 table 657). */
  dataBlockType: number
  /** 00h CD-DA or CD-ROM, 20h CD-ROM XA. */
  sessionFormat: number
  /** Blocks. */
  packetSize: number
}

/** Page 05h as MODE SENSE gives it. */
export function decodeWriteParameters(page: Uint8Array): WriteParameters | undefined {
  const type = u8(page, 2)
  const track = u8(page, 3)
  const block = u8(page, 4)
  const packetSize = u32(page, 10)
  if (type === undefined || track === undefined || block === undefined || packetSize === undefined)
    return undefined
  return {
    writeType: type & 0x0f,
    bufferUnderrunFree: (type & 0x40) !== 0,
    fixedPacket: (track & 0x20) !== 0,
    trackMode: track & 0x0f,
    dataBlockType: block & 0x0f,
    sessionFormat: u8(page, 8) ?? 0,
    packetSize,
  }
}

/** What the track to be written is like; the fields of READ TRACK INFORMATION. */
export interface PacketTrack {
  trackMode: number
  dataMode: number
  fixedPacketSize: number
}

/**
 * Page 05h for fixed packets, to match the track: same packet size, track mode, and block type by the track's data mode.
 * `current` is the drive's own page: what does not concern us (BUFE, application code, pause length) stays as it is; without
 * one the page starts from zeros. It goes back as long as the drive has it (SPC-5 §6.13: another length is refused). Values as the
 * kernel's pktcdvd sets them.
 */
export function encodePacketParameters(
  track: PacketTrack,
  current?: Uint8Array,
  blockType?: 8 | 10,
): Uint8Array {
  const length = Math.max(LENGTH, current?.[1] ?? 0)
  const page = new Uint8Array(2 + length)
  if (current !== undefined) page.set(current.subarray(0, page.length))
  else put(page, 14, 2, 150)
  const type = blockType ?? (track.dataMode === 2 ? 10 : 8)
  page[0] = WRITE_PARAMETERS_PAGE
  page[1] = length
  page[2] = (page[2] as number) & 0x40
  page[3] = 0x20 | (track.trackMode & 0x0f)
  page[4] = type
  page[5] = 0
  page[8] = type === 10 ? 0x20 : 0x00
  put(page, 10, 4, track.fixedPacketSize)
  // Sub-header: form 1 data for mode 2; drives ignore it for the block types without one.
  page.set([0, 0, type === 10 ? 0x08 : 0x20, 0], 48)
  return page
}
