// Replies as real drives gave them, byte by byte, and facts made from such bytes by the decoders.
import { decodeCapacity, decodeFormatCapacities } from '../../src/mmc/capacity.ts'
import { decodeDiscInformation } from '../../src/mmc/disc-information.ts'
import { decodeTrackInformation } from '../../src/mmc/track-information.ts'

/** Bytes written in hexadecimal, any white space between them. */
export const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/\s+/g, ''), 'hex')

/** READ TRACK INFORMATION of a CD-RW formatted by cdrwtool, 34 of 36 bytes; udftools PR 44. */
export const cdRwFormattedTrack = bytes(
  '00 22 01 01 00 07 b2 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 20 00 04 81 60 00 00 00 00 00 00',
)

/** The same kind of disc with a burnt, closed session; udftools PR 44. */
export const cdRwSessionTrack = bytes(
  '00 22 01 01 00 04 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 85 81 00 00 00 00 00 00',
)

type Status = 'empty' | 'incomplete' | 'complete' | 'other'

/** READ DISC INFORMATION of one session and one track. */
export function disc(
  status: Status,
  more: { session?: number; erasable?: boolean; background?: number } = {},
) {
  const code = { empty: 0, incomplete: 1, complete: 2, other: 3 }[status]
  const session = more.session ?? (status === 'empty' ? 0 : status === 'incomplete' ? 1 : 3)
  const reply = Buffer.alloc(34)
  reply.set([
    0,
    32,
    ((more.erasable ?? true) ? 0x10 : 0) | (session << 2) | code,
    1,
    1,
    1,
    1,
    more.background ?? 0,
  ])
  const decoded = decodeDiscInformation(reply)!
  return { ...decoded, mrw: false }
}

/** A READ TRACK INFORMATION with single bytes of another one changed. */
export const track = (base: Buffer, changes: Record<number, number> = {}) => {
  const reply = Buffer.from(base)
  for (const [at, value] of Object.entries(changes)) reply[Number(at)] = value
  return decodeTrackInformation(reply)!
}

export const formatted = (descriptor: string) =>
  decodeFormatCapacities(Buffer.concat([bytes('00 00 00 08'), bytes(descriptor)]))!.current
export const capacity = (lastAddress: string) => decodeCapacity(bytes(`${lastAddress} 00 00 08 00`))!

export const BACKGROUND = { none: 0, suspended: 1, running: 2, complete: 3 }
