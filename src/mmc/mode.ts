// MODE SENSE (10) and MODE SELECT (10) (SPC-5 §6.15, §6.13): the header, and finding a page behind it.
import { cdb, declared, put, u8, u16 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

const HEADER = 8

/** MODE SENSE (10) of one page, current values, no block descriptors wanted. */
export const modeSense = (page: number, length: number): Command => ({
  cdb: put(cdb(10, opcode.modeSense10, { 1: 0x08, 2: page & 0x3f }), 7, 2, length),
  dataIn: length,
  timeoutMs: 10_000,
})

/** MODE SELECT (10) of one page as MODE SENSE gave it; the PS bit and the header are taken care of. */
export function modeSelect(page: Uint8Array): Command {
  const list = new Uint8Array(HEADER + page.length)
  list.set(page, HEADER)
  list[HEADER] = (page[0] ?? 0) & 0x3f
  return {
    cdb: put(cdb(10, opcode.modeSelect10, { 1: 0x10 }), 7, 2, list.length),
    dataOut: list,
    timeoutMs: 30_000,
  }
}

/**
 * The page of that code in a MODE SENSE (10) reply, cut to its own length and to what came. Drives send block descriptors unasked,
 * and lengths that go beyond their reply.
 */
export function decodeModePage(reply: Uint8Array, page: number): Uint8Array | undefined {
  const length = u16(reply, 0)
  const descriptors = u16(reply, 6)
  if (length === undefined || descriptors === undefined) return undefined
  const body = declared(reply, length + 2)
  const at = HEADER + descriptors
  const code = u8(body, at)
  const size = u8(body, at + 1)
  if (code === undefined || size === undefined || (code & 0x3f) !== page) return undefined
  return body.subarray(at, at + 2 + size)
}
