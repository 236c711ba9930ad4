// GET CONFIGURATION (MMC-6 §6.6): the current profile and the features.
import { cdb, declared, put, u8, u16, u32 } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

export const feature = {
  profileList: 0x0000,
  randomWritable: 0x0020,
  formattable: 0x0023,
  restrictedOverwrite: 0x0026,
  mountRainier: 0x0028,
  dvdPlusRw: 0x002a,
} as const

interface Feature {
  code: number
  version: number
  persistent: boolean
  current: boolean
  /** What follows the 4 bytes of the descriptor's head. */
  data: Uint8Array
}

export interface Configuration {
  /** Current profile; 0 with no disc (or one that the drive does not know). */
  profile: number
  /** How many bytes the drive would have sent, header included: the length for the second step. */
  length: number
  features: Feature[]
}

const requestTypes = { all: 0, current: 1, one: 2 } as const

/**
 * `length` bytes of features from `start` on. First ask for 8, the header, then for the length it names: some USB bridges fail when
 * more is asked for than there is.
 */
export const getConfiguration = (
  request: keyof typeof requestTypes,
  start: number,
  length: number,
): Command => ({
  cdb: put(put(cdb(10, opcode.getConfiguration, { 1: requestTypes[request] }), 2, 2, start), 7, 2, length),
  dataIn: length,
  timeoutMs: 10_000,
})

/** The header, and as many whole feature descriptors as came. */
export function decodeConfiguration(reply: Uint8Array): Configuration | undefined {
  const dataLength = u32(reply, 0)
  const profile = u16(reply, 6)
  if (dataLength === undefined || profile === undefined) return undefined
  const body = declared(reply, dataLength + 4)
  const features: Feature[] = []
  for (let at = 8; ; ) {
    const code = u16(body, at)
    const flags = u8(body, at + 2)
    const size = u8(body, at + 3)
    if (code === undefined || flags === undefined || size === undefined || at + 4 + size > body.length) break
    features.push({
      code,
      version: (flags >> 2) & 0x0f,
      persistent: (flags & 2) !== 0,
      current: (flags & 1) !== 0,
      data: body.subarray(at + 4, at + 4 + size),
    })
    at += 4 + size
  }
  return { profile, length: dataLength + 4, features }
}

/** The profiles in the Profile List feature (0000h), in the drive's order; `current` may be on several (MMC drives do that). */
export function decodeProfileList(data: Uint8Array): { profile: number; current: boolean }[] {
  const profiles = []
  for (let at = 0; ; at += 4) {
    const profile = u16(data, at)
    const flags = u8(data, at + 2)
    if (profile === undefined || flags === undefined) return profiles
    profiles.push({ profile, current: (flags & 1) !== 0 })
  }
}
