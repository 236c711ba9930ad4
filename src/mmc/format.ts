// FORMAT UNIT, BLANK and CLOSE TRACK SESSION (MMC-6 §6.5, §6.2, §6.3). While a format runs send nothing but TEST UNIT READY and REQUEST SENSE: on some
// drives any other command breaks it.
import type { FormatOffer } from '../media/preparation.ts'
import { cdb, put } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

/** FORMAT UNIT with one format descriptor, IMMED set: it returns at once, TEST UNIT READY tells when it is over. */
function formatUnit(type: number, blocks: number, parameter: number): Command {
  const list = new Uint8Array(12)
  list[1] = 0x02
  list[3] = 8
  put(put(list, 4, 4, blocks), 9, 3, parameter)
  list[8] = type << 2
  return { cdb: cdb(6, opcode.formatUnit, { 1: 0x11 }), dataOut: list, timeoutMs: 70_000 }
}

/**
 * DVD+RW background format, type 26h, of the whole disc (FFFFFFFFh); `restart` goes on with one that was suspended
 * instead of beginning again (MMC-6 §6.5.4.2.14).
 */
export const formatDvdPlusRw = (restart: boolean): Command => formatUnit(0x26, 0xffffffff, restart ? 1 : 0)

/** FORMAT UNIT with a descriptor as the drive offers it. */
export const formatAsOffered = ({ type, blocks, parameter }: FormatOffer): Command =>
  formatUnit(type, blocks, parameter)

/**
 * The CD-RW format of MMC-1 (format code 7, deprecated since MMC-4): a session of so many blocks, for drives that do not know type 10h.
 * The packets have 32 blocks.
 */
export function formatCdRwOld(blocks: number): Command {
  const list = new Uint8Array(12)
  list[1] = 0x02
  list[3] = 8
  list[4] = 0x80
  put(list, 8, 4, blocks)
  return { cdb: cdb(6, opcode.formatUnit, { 1: 0x17 }), dataOut: list, timeoutMs: 70_000 }
}

/** BLANK with IMMED: all of the disc, or only what says what is on it (PMA, first TOC, pregap). */
export const blank = (full: boolean): Command => ({
  cdb: cdb(12, opcode.blank, { 1: 0x10 | (full ? 0 : 1) }),
  timeoutMs: 70_000,
})

const functions = { 'stop-background-format': 0, track: 1, session: 2 } as const

/**
 * CLOSE TRACK SESSION. On DVD+RW function 0 stops the background format, function 2 makes the disc readable elsewhere. `immediate` returns
 * at once.
 */
export const closeTrackSession = (
  what: keyof typeof functions,
  track: number,
  immediate: boolean,
): Command => ({
  cdb: put(cdb(10, opcode.closeTrackSession, { 1: immediate ? 1 : 0, 2: functions[what] }), 4, 2, track),
  timeoutMs: 70_000,
})
