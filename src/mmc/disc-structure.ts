// READ DISC STRUCTURE, format C0h: write protection status (MMC-6 §6.22.3.1.6).
import { cdb, put, u8, u16 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

/** `bd` for media type 1; 0 is DVD. */
export const readWriteProtection = (bd: boolean): Command => ({
  cdb: put(cdb(12, opcode.readDiscStructure, { 1: bd ? 1 : 0, 7: 0xc0 }), 8, 2, 8),
  dataIn: 8,
  timeoutMs: 10_000,
})

/** True when any of software, persistent, cartridge or media-specific protection is on. */
export function decodeWriteProtection(reply: Uint8Array): boolean | undefined {
  const length = u16(reply, 0)
  const flags = u8(reply, 4)
  return length === undefined || length < 3 || flags === undefined ? undefined : (flags & 0x0f) !== 0
}
