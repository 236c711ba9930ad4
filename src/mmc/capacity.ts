// READ CAPACITY (10) and READ FORMAT CAPACITIES (MMC-6 §6.19, §6.24): how large the disc says it is.
import type { FormatOffer } from '../media/preparation.ts'
import { cdb, declared, put, u8, u24, u32 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

export const readCapacity = (): Command => ({
  cdb: cdb(10, opcode.readCapacity),
  dataIn: 8,
  timeoutMs: 30_000,
})

/**
 * Last address + 1, as blocks of 2048 bytes. An address of 0 is the answer for an empty disc, and gives 0. The number is the drive's:
 * drives tell impossible ones, which media/decide.ts sorts out.
 */
export function decodeCapacity(reply: Uint8Array): number | undefined {
  const last = u32(reply, 0)
  if (last === undefined || u32(reply, 4) === undefined) return undefined
  return last === 0 ? 0 : last + 1
}

export const readFormatCapacities = (length = 252): Command => ({
  cdb: put(cdb(10, opcode.readFormatCapacities), 7, 2, length),
  dataIn: length,
  timeoutMs: 30_000,
})

export interface FormatCapacities {
  /** The Current/Maximum Capacity Descriptor. `unknown` is 11b with a disc: a format that was not closed. */
  current: { type: 'unformatted' | 'formatted' | 'unknown'; blocks: number }
  /** What FORMAT UNIT would take: type, blocks, type dependent parameter (block length, packet or spare size). */
  formattable: FormatOffer[]
}

const types = [undefined, 'unformatted', 'formatted', 'unknown'] as const

export function decodeFormatCapacities(reply: Uint8Array): FormatCapacities | undefined {
  const length = u8(reply, 3)
  if (length === undefined) return undefined
  const list = declared(reply.subarray(4), length)
  const blocks = u32(list, 0)
  const type = types[(u8(list, 4) ?? 0) & 0x03]
  if (blocks === undefined || type === undefined) return undefined
  const formattable = []
  for (let at = 8; at + 8 <= list.length; at += 8) {
    formattable.push({
      type: (u8(list, at + 4) as number) >> 2,
      blocks: u32(list, at) as number,
      parameter: u24(list, at + 5) as number,
    })
  }
  return { current: { type, blocks }, formattable }
}
