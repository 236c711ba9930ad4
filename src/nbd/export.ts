// What the NBD server serves. The packet engine has this shape.

export interface Export {
  readonly sizeBytes: number
  /** Logical block size told to the client: 2048. */
  readonly blockSize: number
  readonly readOnly: boolean
  /** Offsets and lengths are in bytes and multiples of blockSize. Rejects with an error that has `errno`. */
  read(offset: number, length: number): Promise<Buffer>
  write(offset: number, data: Buffer, fua: boolean): Promise<void>
  /** Returns when all that was acknowledged before is durable as design.md invariant 3 says. */
  flush(): Promise<void>
  trim(offset: number, length: number): Promise<void>
}

/** An error that the NBD client is told by number: 5 EIO, 22 EINVAL, 28 ENOSPC, 1 EPERM. */
export class ExportError extends Error {
  override name = 'ExportError'
  readonly errno: number
  constructor(errno: number, message: string) {
    super(message)
    this.errno = errno
  }
}
