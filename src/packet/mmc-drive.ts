// A disc behind MMC commands as a PacketDrive: splits reads to what one transfer carries, repeats what deserves it.
// Quirk numbers (Q13 …) are explained in docs/engine.md.
import type { Clock } from '../mmc/clock.ts'
import { readBlocks, synchronizeCache, writePackets } from '../mmc/commands.ts'
import { DriveError, type Policy } from '../mmc/drive-command.ts'
import type { Sense } from '../mmc/sense.ts'
import { type Transport, TransportError } from '../mmc/transport.ts'
import { mostBlocks } from './blocks.ts'
import { blockBytes, type PacketDrive } from './drive.ts'
import { BlockError, errno } from './error.ts'

export interface MmcDriveOptions {
  packetBlocks: number
  /** Blocks of 2048 bytes. */
  blocks: number
  clock: Clock
  /** The medium takes several packets with one WRITE, as many as one transfer carries. */
  severalAtOnce?: boolean
  /** Repeats of a read or write that failed on the medium; default 2 and 1. */
  retries?: number
  /** Sets the drive up for writing again, once, before an unexpected refusal (5/xx) becomes an error (Q31). */
  prepareAgain?: () => Promise<void>
}

/** ms to wait for a drive that says "busy" or "not ready yet" (Q15, Q16): minutes, but an end. */
const patience = { read: 60_000, write: 120_000, synchronize: 90_000 }

/** Repeats of a command that failed on the medium or on the way. */
const defaultRepeats = { read: 2, write: 1 }

type Remedy = 'repeat' | 'repeat-told-later' | 'synchronize' | 'prepare' | 'none'

const isAny = (sense: Sense, asc: number, ascq?: number): boolean =>
  sense.asc === asc && (ascq === undefined || sense.ascq === ascq)

/** What helps against this failure, if anything. */
function remedyFor(error: unknown): Remedy {
  if (error instanceof TransportError) return error.reason === 'host' ? 'repeat' : 'none'
  const sense = error instanceof DriveError ? error.sense : undefined
  if (sense === undefined) return 'none'
  // It tells of an earlier command; this one was not carried out.
  if (sense.deferred === true) return 'repeat-told-later'
  // Drives that want their cache emptied between reads and writes (Q13); the second is vendor specific.
  if (isAny(sense, 0x2c, 0x00) || isAny(sense, 0x15, 0x82)) return 'synchronize'
  if (sense.key === 0x05) return isAny(sense, 0x21) ? 'none' : 'prepare'
  return sense.key === 0x03 || sense.key === 0x04 || sense.key === 0x0b ? 'repeat' : 'none'
}

/** A failure of the drive or of the way to it as EIO, with the drive's own words. */
function ioError(error: unknown, losesEarlier = false): BlockError {
  const sense = error instanceof DriveError ? error.sense : undefined
  const message = error instanceof Error ? error.message : String(error)
  return new BlockError(errno.EIO, message, { losesEarlier, ...(sense === undefined ? {} : { sense }) })
}

/** A packet is never written in parts, so the bus must carry a whole one. */
export const fitsOneTransfer = (transport: Transport, packetBlocks: number): boolean =>
  packetBlocks * blockBytes <= transport.maxTransferBytes

/** The PacketDrive of a disc in a real (or emulated) drive. Every call ends within minutes. */
export class MmcDrive implements PacketDrive {
  readonly packetBlocks: number
  readonly blocks: number
  readonly packetsAtOnce: number
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #prepareAgain: (() => Promise<void>) | undefined
  readonly #blocksAtOnce: number
  readonly #repeats: { read: number; write: number }
  /** An error about an earlier write that came as the answer to something else. */
  #deferred: BlockError | undefined

  /** @throws BlockError EINVAL when one transfer cannot carry a packet (see fitsOneTransfer). */
  constructor(transport: Transport, options: MmcDriveOptions) {
    this.#transport = transport
    this.#clock = options.clock
    this.#prepareAgain = options.prepareAgain
    const { retries } = options
    this.#repeats = retries === undefined ? defaultRepeats : { read: retries, write: retries }
    this.packetBlocks = options.packetBlocks
    this.blocks = options.blocks
    this.#blocksAtOnce = Math.max(1, Math.floor(transport.maxTransferBytes / blockBytes))
    this.packetsAtOnce =
      options.severalAtOnce === true ? Math.floor(this.#blocksAtOnce / options.packetBlocks) : 1
    if (!fitsOneTransfer(transport, options.packetBlocks)) {
      throw new BlockError(errno.EINVAL, 'a packet does not fit into one transfer')
    }
    if (options.packetBlocks > mostBlocks) {
      throw new BlockError(
        errno.EINVAL,
        `packets of ${options.packetBlocks} blocks are not known of any medium`,
      )
    }
  }

  get owesError(): boolean {
    return this.#deferred !== undefined
  }

  async read(lba: number, blocks: number): Promise<Buffer[]> {
    const pieces: Buffer[] = []
    const policy = this.#policy(patience.read)
    for (let done = 0; done < blocks; ) {
      const part = Math.min(this.#blocksAtOnce, blocks - done)
      const at = lba + done
      pieces.push(
        await this.#persist(() => readBlocks(this.#transport, at, part, policy), this.#repeats.read, false),
      )
      done += part
    }
    return pieces
  }

  writePackets(lba: number, packets: readonly Buffer[]): Promise<void> {
    const policy = this.#policy(patience.write)
    return this.#persist(() => writePackets(this.#transport, lba, packets, policy), this.#repeats.write, true)
  }

  async synchronize(): Promise<void> {
    try {
      await synchronizeCache(this.#transport, this.#policy(patience.synchronize))
    } catch (error) {
      this.#deferred = undefined
      throw ioError(error)
    }
    const deferred = this.#deferred
    this.#deferred = undefined
    if (deferred !== undefined) throw deferred
  }

  /** 6/28/00 is repeated here: guard.ts has made sure by then that it is the same disc. */
  #policy(patienceMs: number): Policy {
    return { patienceMs, mediumChange: 'retry', clock: this.#clock }
  }

  /** Carries a job through with every remedy there is for its failures, each a bounded number of times. */
  async #persist<T>(job: () => Promise<T>, most: number, writing: boolean): Promise<T> {
    let left = most
    let synchronized = false
    let prepared = !writing || this.#prepareAgain === undefined
    for (;;) {
      try {
        return await job()
      } catch (error) {
        const remedy = remedyFor(error)
        if (remedy === 'synchronize' && !synchronized) {
          synchronized = true
          await synchronizeCache(this.#transport, this.#policy(patience.synchronize)).catch((failure) => {
            this.#deferred = ioError(failure, true)
            throw this.#deferred
          })
        } else if (remedy === 'prepare' && !prepared) {
          prepared = true
          await this.#prepareAgain?.().catch(() => undefined)
        } else if ((remedy === 'repeat' || remedy === 'repeat-told-later') && left > 0) {
          left--
          if (remedy === 'repeat-told-later') this.#deferred = ioError(error)
        } else {
          const failure = ioError(error, remedy === 'repeat-told-later')
          // Who asked is not who loses by it: the next SYNCHRONIZE CACHE has to fail too.
          if (failure.losesEarlier) this.#deferred = failure
          throw failure
        }
      }
    }
  }
}
