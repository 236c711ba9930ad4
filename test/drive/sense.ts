// Sense data as the drive makes it (SPC-4 §4.5.3, fixed format, 18 bytes).

import type { Sense } from '../../src/mmc/sense.ts'

/** Why a command ends in CHECK CONDITION: what the host decodes is what the drive means. */
export type SenseData = Sense

/** Thrown by a command to end in CHECK CONDITION. Never leaves `Drive.execute()`. */
export class CheckCondition extends Error {
  override name = 'CheckCondition'
  readonly sense: SenseData
  constructor(key: number, asc: number, ascq: number, more: Omit<SenseData, 'key' | 'asc' | 'ascq'> = {}) {
    super(`${key.toString(16)}/${hex(asc)}/${hex(ascq)}`)
    this.sense = { key, asc, ascq, ...more }
  }
}

const hex = (n: number): string => n.toString(16).toUpperCase().padStart(2, '0')

/** `5/21/02`, as people write it; parsed by `senseOf`. */
export const senseText = (s: SenseData): string => `${s.key.toString(16)}/${hex(s.asc)}/${hex(s.ascq)}`

/** `'3/0C/00'` → sense data. Throws on anything else: tests and profile files write sense that way. */
export function senseOf(text: string): SenseData {
  const m = /^([0-9a-f])\/([0-9a-f]{2})\/([0-9a-f]{2})$/i.exec(text)
  if (!m) throw new Error(`not a sense code like 5/21/02: ${text}`)
  return {
    key: Number.parseInt(m[1] as string, 16),
    asc: Number.parseInt(m[2] as string, 16),
    ascq: Number.parseInt(m[3] as string, 16),
  }
}

/** A check condition from its text, `'5/24/00'`. */
export function check(text: string, more: Omit<SenseData, 'key' | 'asc' | 'ascq'> = {}): CheckCondition {
  const s = senseOf(text)
  return new CheckCondition(s.key, s.asc, s.ascq, more)
}

/** 18 bytes of fixed format sense; without an argument NO SENSE. */
export function encodeSense(s: SenseData = { key: 0, asc: 0, ascq: 0 }): Buffer {
  const b = Buffer.alloc(18)
  b[0] = s.deferred ? 0x71 : 0x70
  b[2] = s.key
  b[7] = 10
  b[12] = s.asc
  b[13] = s.ascq
  if (s.information !== undefined) {
    b[0] |= 0x80
    b.writeUInt32BE(s.information >>> 0, 3)
  }
  if (s.progress !== undefined) {
    b[15] = 0x80
    b.writeUInt16BE(Math.min(0xffff, Math.floor(s.progress * 0x10000)), 16)
  }
  return b
}
