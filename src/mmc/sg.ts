// A drive behind /dev/sgN. First signatures; the body follows.
import type { Transport } from './transport.ts'

export interface SgOptions {
  /** What messages call the drive; default: the path. */
  device?: string
  /** Largest transfer that the queue takes, bytes; default 64 KiB. */
  maxTransferBytes?: number
}

/** Opens /dev/sgN for commands. @throws TransportError `gone` or `refused`. */
export async function openSg(_path: string, _options: SgOptions = {}): Promise<Transport> {
  throw new Error('not written yet')
}
