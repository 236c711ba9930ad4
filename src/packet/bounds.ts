// Where a request lies on the disc: what it is called, and whether it may be there.
import { blockBytes } from './drive.ts'
import { BlockError, errno } from './error.ts'

/** `write of blocks 32..63` */
export const nameOf = (what: string, offset: number, length: number): string =>
  `${what} of blocks ${offset / blockBytes}..${(offset + length) / blockBytes - 1}`

/** Bytes from `offset` on, of a disc of `size`. Throws BlockError: EINVAL for parts of blocks, `code` past the end. */
export function inside(offset: number, length: number, size: number, code: 22 | 28): void {
  if (offset % blockBytes !== 0 || length % blockBytes !== 0) {
    throw new BlockError(errno.EINVAL, `${length} bytes at ${offset} are not whole blocks of ${blockBytes}`)
  }
  if (offset < 0 || offset + length > size) {
    throw new BlockError(code, `${length} bytes at ${offset} reach past the end at ${size}`)
  }
}

/** No drive writes an incomplete last packet. Throws BlockError ENOSPC when `end` is in one. */
export function insideWholePackets(end: number, size: number, packetBytes: number): void {
  const whole = Math.floor(size / packetBytes) * packetBytes
  if (end > whole)
    throw new BlockError(errno.ENOSPC, `block ${whole / blockBytes} and on make no whole packet`)
}

/** The numbers of the packets that `length` bytes at `offset` touch. */
export function packetsOf(offset: number, length: number, packetBytes: number): Set<number> {
  const end = Math.ceil((offset + length) / packetBytes)
  const packets = new Set<number>()
  for (let packet = Math.floor(offset / packetBytes); packet < end; packet++) packets.add(packet)
  return packets
}
