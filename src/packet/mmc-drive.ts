// A disc behind MMC commands as a PacketDrive: splits reads to what one transfer carries, repeats what deserves it.
// Quirk numbers (Q13 …) are explained in docs/engine.md.
import type { Clock } from '../mmc/clock.ts'
import { synchronizeCache, writePackets } from '../mmc/commands.ts'
import { DriveError, type Policy } from '../mmc/drive-command.ts'
import { readBlocks } from '../mmc/read-blocks.ts'
import { type Transport, TransportError } from '../mmc/transport.ts'
import type { HeardTransport, News } from './attention.ts'
import { mostBlocks } from './blocks.ts'
import { blockBytes, type PacketDrive } from './drive.ts'
import { asBlockError, BlockError, errno, isProtected, isUnrecorded } from './error.ts'
import { type Request, remedyFor } from './remedy.ts'

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
  /** A packet is about to be sent: from now on the medium may have this version, whatever becomes of the command. */
  onSent?: (packet: number, data: Buffer) => void
  /** A WRITE or SYNCHRONIZE CACHE ended with 27h: no other will do better. */
  onProtected?: (failure: BlockError) => void
}

/** ms to wait for a drive that says "busy" or "not ready yet" (Q15, Q16): minutes, but an end. */
const patience = { read: 60_000, write: 120_000, synchronize: 240_000 }

/** Repeats of a command that failed on the medium or on the way. */
const defaultRepeats = { read: 2, write: 1 }
/** ms in which one reset is enough to say to the drive again how to write. */
const remindMs = 600_000
/** Repeats of a command that was not begun, since its answer was an earlier one's error; whatever `retries` says. */
const mostNotBegun = 3
/** Repeats of a SYNCHRONIZE CACHE whose answer was lost. */
const synchronizeRepeats = 2

/** A failure of the drive or of the way to it as EIO, with the drive's own words. */
function ioError(error: unknown, losesEarlier = false): BlockError {
  const sense = error instanceof DriveError ? error.sense : undefined
  const message = error instanceof Error ? error.message : String(error)
  return new BlockError(errno.EIO, message, { losesEarlier, ...(sense === undefined ? {} : { sense }) })
}

/** Nobody knows what became of the command: it was lost on the way, or its answer was. */
const isLostAnswer = (error: unknown): boolean =>
  error instanceof TransportError
    ? error.reason === 'host'
    : error instanceof DriveError && error.sense?.key === 0x0b && error.sense.deferred !== true

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
  readonly #onSent: MmcDriveOptions['onSent']
  readonly #onProtected: ((failure: BlockError) => void) | undefined
  readonly #blocksAtOnce: number
  readonly #repeats: { read: number; write: number }
  /** An error about an earlier write that came as the answer to something else. */
  #deferred: BlockError | undefined
  /** Something was written since the last SYNCHRONIZE CACHE. */
  #unsynchronized = false
  /** A reset made it forget how to write, and that its door is locked. */
  #forgot = false
  /** ms of the clock when it was last told again. */
  #toldAgain = Number.NEGATIVE_INFINITY
  /** It hung a second time, after a reset, and has not answered since. */
  #silent = false

  /** @throws BlockError EINVAL when one transfer cannot carry a packet (see fitsOneTransfer). */
  constructor(transport: HeardTransport, options: MmcDriveOptions) {
    this.#transport = transport
    transport.listen((news, error) => this.#hear(news, error))
    this.#clock = options.clock
    this.#prepareAgain = options.prepareAgain
    this.#onSent = options.onSent
    this.#onProtected = options.onProtected
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
    for (let done = 0; done < blocks; ) {
      const part = Math.min(this.#blocksAtOnce, blocks - done)
      pieces.push(...(await this.#readRecorded(lba + done, part)))
      done += part
    }
    return pieces
  }

  /** Blocks that nobody has written are zeros: some drives give those, others refuse (READ (10), MMC-6 §6.19; BLANK CHECK). */
  async #readRecorded(lba: number, blocks: number): Promise<Buffer[]> {
    const read = () => readBlocks(this.#transport, lba, blocks, this.#policy(patience.read))
    try {
      return [await this.#persist(read, this.#repeats.read, { lba, blocks, writing: false })]
    } catch (error) {
      if (!isUnrecorded(asBlockError(error))) throw error
      if (blocks === 1) return [Buffer.alloc(blockBytes)]
      // Which of them, only reading them apart can tell.
      const half = Math.floor(blocks / 2)
      const first = await this.#readRecorded(lba, half)
      return [...first, ...(await this.#readRecorded(lba + half, blocks - half))]
    }
  }

  writePackets(lba: number, packets: readonly Buffer[]): Promise<void> {
    const policy = this.#policy(patience.write)
    const blocks = packets.length * this.packetBlocks
    this.#unsynchronized = true
    for (const [i, packet] of packets.entries()) this.#onSent?.(lba / this.packetBlocks + i, packet)
    return this.#persist(() => writePackets(this.#transport, lba, packets, policy), this.#repeats.write, {
      ...{ lba, blocks, writing: true },
    })
  }

  async synchronize(): Promise<void> {
    for (let left = synchronizeRepeats; ; left--) {
      try {
        await synchronizeCache(this.#transport, this.#policy(patience.synchronize))
        break
      } catch (error) {
        if (left > 0 && isLostAnswer(error)) continue
        const earlier = this.#deferred
        this.#deferred = undefined
        // A reset says more than what failed after it.
        throw earlier?.losesEarlier === true ? earlier : this.#final(error)
      }
    }
    this.#unsynchronized = false
    const deferred = this.#deferred
    this.#deferred = undefined
    if (deferred !== undefined) throw deferred
  }

  /** News of earlier commands, with whatever command they were told. */
  #hear(news: News, error: Error): void {
    if (news === 'reset' || news === 'parameters') this.#forgot = true
    if (news === 'failed') {
      // A reset says more: not one packet is in doubt then, but all.
      if (this.#deferred?.losesEarlier !== true) this.#deferred = ioError(error)
      return
    }
    if (news === 'parameters' || !this.#unsynchronized) return
    const why = news === 'reset' ? 'the drive was reset' : 'the disc was out of reach for a moment'
    const sense = error instanceof DriveError ? error.sense : undefined
    const message = `${why}, and what was in the drive's cache may be lost (${error.message})`
    const details = { losesEarlier: true, ...(sense === undefined ? {} : { sense }) }
    if (this.#deferred?.losesEarlier !== true) this.#deferred = new BlockError(errno.EIO, message, details)
  }

  /** Not again and again: there are drives that telling them hangs, and that come back from that with a reset. */
  async #remind(): Promise<void> {
    if (this.#clock.now() - this.#toldAgain < remindMs) {
      this.#forgot = false
      return
    }
    this.#toldAgain = this.#clock.now()
    await this.#prepare()
  }

  async #prepare(): Promise<void> {
    this.#forgot = false
    await this.#prepareAgain?.().catch(() => undefined)
  }

  /** A failure that nothing more is done about. */
  #final(error: unknown): BlockError {
    const failure = ioError(error, error instanceof DriveError && error.sense?.deferred === true)
    if (isProtected(failure)) this.#onProtected?.(failure)
    return failure
  }

  /** 6/28/00 is repeated here: guard.ts has made sure by then that it is the same disc. */
  #policy(patienceMs: number): Policy {
    return { patienceMs, mediumChange: 'retry', clock: this.#clock }
  }

  /** Carries a job through with every remedy there is for its failures, each a bounded number of times. */
  async #persist<T>(job: () => Promise<T>, most: number, request: Request): Promise<T> {
    let left = most
    let notBegun = mostNotBegun
    let afterReset = this.#silent ? 0 : 1
    let synchronized = false
    let preparations = request.writing ? 2 : 0
    let prepared = false
    if (this.#forgot && !this.#silent) await this.#remind()
    for (;;) {
      try {
        const result = await job()
        this.#silent = false
        return result
      } catch (error) {
        const remedy = remedyFor(error, request)
        if (remedy === 'repeat-after-reset') this.#silent = afterReset === 0
        else if (error instanceof DriveError) this.#silent = false
        if (remedy === 'repeat-after-reset' && afterReset > 0) {
          afterReset--
        } else if (remedy === 'synchronize' && !synchronized) {
          synchronized = true
          await synchronizeCache(this.#transport, this.#policy(patience.synchronize)).catch((failure) => {
            this.#deferred = ioError(failure, true)
            throw this.#deferred
          })
        } else if (remedy === 'prepare' && preparations > 0 && (!prepared || this.#forgot)) {
          // Twice where a reset has undone it.
          preparations--
          prepared = true
          await this.#prepare()
        } else if (remedy === 'repeat-not-begun' && notBegun > 0) {
          notBegun--
        } else if ((remedy === 'repeat' || remedy === 'repeat-told-later') && left > 0) {
          left--
          if (remedy === 'repeat-told-later') this.#deferred = ioError(error)
        } else {
          // One that is only taken for another's, and comes again, is this one's after all. Who hears of an earlier command's is
          // not who loses by it: the next SYNCHRONIZE CACHE fails for it.
          throw this.#final(error)
        }
      }
    }
  }
}
