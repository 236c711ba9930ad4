// Sense data (SPC-5 §4.4): what the drive says was wrong.
import { u8, u16, u32 } from './fields.ts'
import { additionalSense, senseKeys } from './sense-codes.ts'

/** Key, additional sense code and qualifier; bytes as they are in fixed format. */
export interface Sense {
  key: number
  asc: number
  ascq: number
  /** INFORMATION field when VALID is set: for medium errors the LBA. */
  information?: number
  /** 0..1 while a long operation runs (SPC-5 §4.4.2.4.4, progress indication). */
  progress?: number
  /** It tells of an earlier command; the present one was not carried out (response code 71h or 73h). */
  deferred?: boolean
}

/** The sense-key specific bytes: SKSV, and for the keys 0h and 2h two bytes of progress in 1/65536. */
function progressOf(key: number, specific: Uint8Array): number | undefined {
  if (key !== 0 && key !== 2) return undefined
  const flags = u8(specific, 0)
  const value = u16(specific, 1)
  if (flags === undefined || value === undefined || (flags & 0x80) === 0) return undefined
  return value / 0x10000
}

function decodeFixed(bytes: Uint8Array, deferred: boolean): Sense | undefined {
  const flags = u8(bytes, 2)
  if (flags === undefined) return undefined
  const key = flags & 0x0f
  const information = ((bytes[0] ?? 0) & 0x80) === 0 ? undefined : u32(bytes, 3)
  // Older drives leave the additional length short of 10 and still mean 0/0.
  const progress = progressOf(key, bytes.subarray(15, 18))
  return {
    key,
    asc: u8(bytes, 12) ?? 0,
    ascq: u8(bytes, 13) ?? 0,
    ...(information === undefined ? {} : { information }),
    ...(progress === undefined ? {} : { progress }),
    ...(deferred ? { deferred } : {}),
  }
}

function decodeDescriptors(bytes: Uint8Array, deferred: boolean): Sense | undefined {
  const keyByte = u8(bytes, 1)
  if (keyByte === undefined) return undefined
  const sense: Sense = { key: keyByte & 0x0f, asc: u8(bytes, 2) ?? 0, ascq: u8(bytes, 3) ?? 0 }
  if (deferred) sense.deferred = true
  const end = Math.min(bytes.length, 8 + (u8(bytes, 7) ?? 0))
  for (let at = 8; at + 2 <= end; at += 2 + (bytes[at + 1] as number)) {
    const descriptor = bytes.subarray(at, end)
    if (descriptor[0] === 0x00 && ((descriptor[2] ?? 0) & 0x80) !== 0) {
      const high = u32(descriptor, 4)
      const low = u32(descriptor, 8)
      if (high === 0 && low !== undefined) sense.information = low
    }
    if (descriptor[0] === 0x02) {
      const progress = progressOf(sense.key, descriptor.subarray(4, 7))
      if (progress !== undefined) sense.progress = progress
    }
  }
  return sense
}

/**
 * Sense data in fixed (70h, 71h) or descriptor format (72h, 73h), cut anywhere: sg's old interface keeps only the first
 * 16 bytes, which takes the progress away.
 * @returns undefined for anything that is not sense data.
 */
export function decodeSense(bytes: Uint8Array): Sense | undefined {
  switch ((bytes[0] ?? 0) & 0x7f) {
    case 0x70:
      return decodeFixed(bytes, false)
    case 0x71:
      return decodeFixed(bytes, true)
    case 0x72:
      return decodeDescriptors(bytes, false)
    case 0x73:
      return decodeDescriptors(bytes, true)
    default:
      return undefined
  }
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0')

/** `3/0C/00`: key, ASC, ASCQ in hexadecimal, as programs print and people search it. */
export const senseCode = (sense: Sense): string =>
  `${sense.key.toString(16).toUpperCase()}/${hex(sense.asc)}/${hex(sense.ascq)}`

/** `3/0C/00 write error`: the code, and the standard's words for it or at least for its key. */
export function senseText(sense: Sense): string {
  const text = additionalSense(sense.asc, sense.ascq) ?? senseKeys[sense.key] ?? 'reserved sense key'
  return `${senseCode(sense)} ${text}${sense.deferred ? ' (of an earlier command)' : ''}`
}
