// What the NBD server serves. The packet engine has this shape.

/**
 * Requests are called in the order in which the client sent them, and not awaited in between: the export decides what
 * runs side by side, and keeps in order those that overlap.
 */
export interface Export {
  readonly sizeBytes: number
  /** Smallest unit of offsets and lengths, told to the client: 2048. */
  readonly blockSize: number
  /** Requests of this many bytes, aligned to it, are the cheapest: one packet. A power of two. */
  readonly preferredBytes: number
  readonly readOnly: boolean
  /**
   * Offsets and lengths are in bytes and multiples of blockSize. The data comes in pieces, in order, which the export
   * must not change any more: they go out as they are, when the client takes them.
   */
  read(offset: number, length: number): Promise<readonly Buffer[]>
  /** `data` is the export's until it returns, whether it fails or not; nobody changes it before. */
  write(offset: number, data: Buffer, fua: boolean): Promise<void>
  /** Returns when all that was acknowledged before is durable as design.md invariant 3 says. */
  flush(): Promise<void>
  /** What is there is not needed any more and may read as anything. Absent: the client is not offered it. */
  trim?(offset: number, length: number): Promise<void>
  /** As flush, for when the client has gone: never rejects, a failure is told to the next flush. */
  settle(): Promise<void>
}

/** Whether the client is offered TRIM. */
export const takesTrim = (of: Export): boolean => of.trim !== undefined && !of.readOnly

/** errno values that NBD knows (NBD protocol, "Error values"). */
const known = new Set([1, 5, 12, 22, 28, 75, 95, 108])

/** The number that the client is told for a failure: the error's own `errno`, or EIO. */
export function errnoOf(error: unknown): number {
  const number = error instanceof Error && 'errno' in error ? error.errno : undefined
  return typeof number === 'number' && known.has(number) ? number : 5
}
