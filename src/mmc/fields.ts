// Big-endian fields of replies that may be cut anywhere: a field that is not all there is undefined.

/** The byte at `offset`. */
export const u8 = (bytes: Uint8Array, offset: number): number | undefined => bytes[offset]

const bigEndian = (bytes: Uint8Array, offset: number, size: number): number | undefined => {
  if (offset + size > bytes.length) return undefined
  let value = 0
  for (let i = offset; i < offset + size; i++) value = value * 256 + (bytes[i] as number)
  return value
}

export const u16 = (bytes: Uint8Array, offset: number): number | undefined => bigEndian(bytes, offset, 2)
export const u24 = (bytes: Uint8Array, offset: number): number | undefined => bigEndian(bytes, offset, 3)
export const u32 = (bytes: Uint8Array, offset: number): number | undefined => bigEndian(bytes, offset, 4)

/**
 * The reply cut to the length that it declares about itself. Needed because sg's old interface tells no residue: behind
 * a short reply stands whatever an earlier command left in the kernel's buffer.
 */
export const declared = (bytes: Uint8Array, length: number): Uint8Array =>
  bytes.subarray(0, Math.min(bytes.length, Math.max(0, length)))

/** ASCII field without padding; bytes that are not printable become `?`. */
export const ascii = (bytes: Uint8Array, start: number, end: number): string =>
  Array.from(bytes.subarray(start, end), (b) =>
    b === 0 ? ' ' : b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '?',
  )
    .join('')
    .trim()

/** A CDB of `length` bytes with an opcode and the given bytes at their offsets. */
export function cdb(length: 6 | 10 | 12, opcode: number, fields: Record<number, number> = {}): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes[0] = opcode
  for (const [offset, value] of Object.entries(fields)) bytes[Number(offset)] = value & 0xff
  return bytes
}

/** Puts a big-endian number of `size` bytes at `offset`. */
export function put(bytes: Uint8Array, offset: number, size: 2 | 3 | 4, value: number): Uint8Array {
  for (let i = size - 1, rest = value; i >= 0; i--) {
    bytes[offset + i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}
