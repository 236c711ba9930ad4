// INQUIRY, standard data (SPC-5 §6.6).
import { ascii, cdb, declared, u8 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

export interface Inquiry {
  /** 05h: CD/DVD/BD drive. */
  deviceType: number
  removable: boolean
  vendor: string
  product: string
  revision: string
}

/** 36 bytes: USB bridges answer more with a stall. */
export const inquiry = (): Command => ({
  cdb: cdb(6, opcode.inquiry, { 4: 36 }),
  dataIn: 36,
  timeoutMs: 10_000,
})

export function decodeInquiry(reply: Uint8Array): Inquiry | undefined {
  const type = u8(reply, 0)
  const removable = u8(reply, 1)
  if (type === undefined || removable === undefined) return undefined
  const body = declared(reply, 5 + (u8(reply, 4) ?? 31))
  return {
    deviceType: type & 0x1f,
    removable: (removable & 0x80) !== 0,
    vendor: ascii(body, 8, 16),
    product: ascii(body, 16, 32),
    revision: ascii(body, 32, 36),
  }
}
