// What a drive looks like to the codec: one command in, one reply out. /dev/sg (sg.ts) is one such transport,
// the emulated drive of the tests (test/drive) another.
import type { Sense } from './sense.ts'

/** One SCSI command. Exactly one of `dataIn` and `dataOut` for commands that carry data. */
export interface Command {
  /** 6, 10 or 12 bytes. */
  cdb: Uint8Array
  /** Bytes expected from the drive; it may answer with fewer. */
  dataIn?: number
  /** Bytes sent to the drive; one after the other when they are in several pieces. */
  dataOut?: Uint8Array | readonly Uint8Array[]
  /** ms until the transport gives up and rejects with TransportError 'timeout'. */
  timeoutMs?: number
}

/** What a command sends, in pieces; none when it sends nothing. */
export const piecesOf = ({ dataOut }: Command): readonly Uint8Array[] =>
  dataOut === undefined ? [] : dataOut instanceof Uint8Array ? [dataOut] : dataOut

/** Bytes of all pieces. */
export const bytesOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, piece) => sum + piece.length, 0)

/** What came back. A CHECK CONDITION is a reply, not an exception. */
export interface Reply {
  /** SAM status byte: 00h GOOD, 02h CHECK CONDITION, 08h BUSY. */
  status: number
  /** Present when status is CHECK CONDITION. */
  sense?: Sense
  /** Data from the drive, cut to what really came where the transport knows that. */
  data: Buffer
  /** Blocks of 2048 bytes at the end of `data` that may be something else than the drive's (wary.ts). Absent: none. */
  doubtful?: number
}

/** A drive that could not be asked: it is not there, did not answer, or the kernel refused the request. */
export class TransportError extends Error {
  override name = 'TransportError'
  readonly reason: 'gone' | 'timeout' | 'refused' | 'host'
  constructor(reason: TransportError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

export interface Transport {
  /** What messages call the drive: `sr0`, `/dev/sg1`. */
  readonly device?: string
  /** Bytes that one command may carry at the most (queue limit; 120 KiB on USB 2). */
  readonly maxTransferBytes: number
  /** One at a time: a second call waits for the first. Rejects with TransportError only. */
  execute(command: Command): Promise<Reply>
  close(): Promise<void>
}
