// Replies as real drives gave them, byte by byte.

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
