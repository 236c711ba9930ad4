// READ DISC INFORMATION, standard (MMC-6 §6.21).
import type { DiscInformation } from '../media/facts.ts'
import { cdb, declared, put, u8, u16 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

/** As the bytes say it. Whether a background format means Mount Rainier only the profile tells: `mrw` is left to the caller. */
export interface DiscInformationReply extends Omit<DiscInformation, 'mrw'> {
  sessions: number
  firstTrackOfLastSession: number
  lastTrackOfLastSession: number
}

export const readDiscInformation = (length = 34): Command => ({
  cdb: put(cdb(10, opcode.readDiscInformation), 7, 2, length),
  dataIn: length,
  timeoutMs: 30_000,
})

const statuses = ['empty', 'incomplete', 'complete', 'other'] as const
const sessions = ['empty', 'incomplete', 'reserved', 'complete'] as const
const formats = ['none', 'suspended', 'running', 'complete'] as const

/** Needs the first 7 bytes; what an old drive's shorter reply leaves out counts as 0. */
export function decodeDiscInformation(reply: Uint8Array): DiscInformationReply | undefined {
  const length = u16(reply, 0)
  if (length === undefined) return undefined
  const body = declared(reply, length + 2)
  const flags = u8(body, 2)
  if (flags === undefined || body.length < 7) return undefined
  // Bits 7..5 are the data type: 000b is the standard one, the others are lists of resources.
  if (flags >> 5 !== 0) return undefined
  const wide = (low: number, high: number): number => (u8(body, low) ?? 0) + 256 * (u8(body, high) ?? 0)
  return {
    status: statuses[flags & 0x03] as (typeof statuses)[number],
    erasable: (flags & 0x10) !== 0,
    lastSession: sessions[(flags >> 2) & 0x03] as (typeof sessions)[number],
    backgroundFormat: formats[(u8(body, 7) ?? 0) & 0x03] as (typeof formats)[number],
    discType: u8(body, 8) ?? 0,
    sessions: wide(4, 9),
    firstTrackOfLastSession: wide(5, 10),
    lastTrackOfLastSession: wide(6, 11),
  }
}
