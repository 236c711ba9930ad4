// The packet engine, plain: one request after the other, whole packets only, a flush that is true.
//
// A write is acknowledged when the drive has answered GOOD for each of its packets, which then are in the drive's
// own cache or on the medium. `flush` is what makes them durable.
import { Counters } from './counters.ts'
import { blockBytes, type PacketDrive } from './drive.ts'
import { asBlockError, BlockError, errno } from './error.ts'
import { SerialQueue } from './queue.ts'
import type { PacketStats } from './status.ts'

/** ms after which a write is given up between two packets: an error in time, before the kernel drops the whole device. */
const requestLimitMs = 120_000

/** The same failure, with what it means for data acknowledged earlier said anew. */
const retold = ({ errno: code, message, sense }: BlockError, losesEarlier = false): BlockError =>
  new BlockError(code, message, { losesEarlier, ...(sense === undefined ? {} : { sense }) })

export interface PacketEngineOptions {
  /** A clock in ms. */
  now: () => number
  readOnly?: boolean
  /** Called for each request that failed, with what it was: `write of blocks 32..63`. */
  onFailure?: (what: string, failure: BlockError) => void
}

/** `write of blocks 32..63` */
const nameOf = (what: string, offset: number, length: number): string =>
  `${what} of blocks ${offset / blockBytes}..${(offset + length) / blockBytes - 1}`

/** Block requests of any size and alignment (in blocks) on a disc that takes only whole packets. */
export class PacketEngine {
  readonly sizeBytes: number
  readonly blockSize = blockBytes
  readonly preferredBytes: number
  readonly readOnly: boolean
  readonly #drive: PacketDrive
  readonly #queue = new SerialQueue()
  readonly #counters: Counters
  readonly #packetBytes: number
  readonly #now: () => number
  readonly #onFailure: (what: string, failure: BlockError) => void
  /** The packet completed last, so that consecutive small writes do not read it again. Never differs from the disc. */
  #kept: { packet: number; data: Buffer } | undefined
  /** Written since the last synchronize that succeeded. */
  #unsynchronized = false
  /** Told to the next flush, once: earlier acknowledged data may be lost. */
  #unreported: BlockError | undefined

  constructor(drive: PacketDrive, options: PacketEngineOptions) {
    this.#drive = drive
    this.#now = options.now
    this.#onFailure = options.onFailure ?? (() => undefined)
    this.#packetBytes = drive.packetBlocks * blockBytes
    this.sizeBytes = drive.blocks * blockBytes
    this.preferredBytes = this.#packetBytes
    this.readOnly = options.readOnly ?? false
    this.#counters = new Counters(Math.floor(drive.blocks / drive.packetBlocks))
  }

  /**
   * `length` bytes from `offset`, both multiples of 2048, as pieces in order. Rejects with BlockError EINVAL
   * (outside the disc) or EIO.
   */
  read(offset: number, length: number): Promise<readonly Buffer[]> {
    return this.#request('reads', nameOf('read', offset, length), async () => {
      this.#inside(offset, length, errno.EINVAL)
      if (length === 0) return []
      const kept = this.#kept
      const within = kept === undefined ? -1 : offset - kept.packet * this.#packetBytes
      // A copy: the next write changes the packet in place while this is still on its way to the client.
      if (kept !== undefined && within >= 0 && within + length <= this.#packetBytes)
        return [Buffer.from(kept.data.subarray(within, within + length))]
      this.#counters.blocksRead += length / blockBytes
      return this.#drive.read(offset / blockBytes, length / blockBytes)
    })
  }

  /**
   * Writes `data` at `offset`, both multiples of 2048 bytes; with `fua` it is durable on return. `data` must not
   * change until then. Rejects with BlockError: EPERM (read-only), ENOSPC (past the end, or in an incomplete last
   * packet, which no drive can write), EIO; the packets before the failed one are written then.
   */
  write(offset: number, data: Buffer, fua: boolean): Promise<void> {
    return this.#request('writes', nameOf('write', offset, data.length), async () => {
      if (this.readOnly) throw new BlockError(errno.EPERM, 'the disc is mapped read-only')
      this.#inside(offset, data.length, errno.ENOSPC)
      const end = offset + data.length
      const wholePackets = Math.floor(this.sizeBytes / this.#packetBytes) * this.#packetBytes
      if (end > wholePackets) {
        throw new BlockError(errno.ENOSPC, `block ${wholePackets / blockBytes} and on make no whole packet`)
      }
      const began = this.#now()
      for (let at = offset; at < end; ) {
        if (this.#now() - began > requestLimitMs) {
          throw new BlockError(
            errno.EIO,
            `the drive needed more than ${requestLimitMs / 1000} s for one request`,
          )
        }
        const next = Math.min(end, (Math.floor(at / this.#packetBytes) + 1) * this.#packetBytes)
        await this.#writeInPacket(at, data.subarray(at - offset, next - offset))
        at = next
      }
      if (fua) await this.#synchronize(true)
    })
  }

  /**
   * Returns when all that was acknowledged before is on the medium. Rejects with BlockError EIO when the drive said
   * no, and once after any failure, reported to another request or to nobody, that may have cost acknowledged data.
   */
  flush(): Promise<void> {
    return this.#request('flushes', 'flush', async () => {
      const earlier = this.#unreported
      this.#unreported = undefined
      await this.#synchronize(false)
      if (earlier !== undefined) throw retold(earlier)
    })
  }

  /** As flush, for when nobody is there to be told (the client went away): a failure waits for the next flush. */
  async settle(): Promise<void> {
    await this.#queue
      .run(() => this.#synchronize(true))
      .catch((error) => {
        this.#counters.failed(error)
        this.#onFailure('flush after the client had gone', error)
      })
  }

  stats(): PacketStats {
    return this.#counters.snapshot()
  }

  #request<T>(kind: keyof PacketStats['requests'], what: string, job: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      this.#counters.requests[kind]++
      try {
        return await job()
      } catch (error) {
        const failure = asBlockError(error)
        this.#kept = undefined
        if (failure.losesEarlier) this.#unreported = failure
        this.#counters.failed(failure)
        this.#onFailure(what, failure)
        throw failure
      }
    })
  }

  #inside(offset: number, length: number, code: 22 | 28): void {
    if (offset % blockBytes !== 0 || length % blockBytes !== 0) {
      throw new BlockError(errno.EINVAL, `${length} bytes at ${offset} are not whole blocks of ${blockBytes}`)
    }
    if (offset < 0 || offset + length > this.sizeBytes) {
      throw new BlockError(code, `${length} bytes at ${offset} reach past the end at ${this.sizeBytes}`)
    }
  }

  /** Writes the one packet around `part`, which lies within it. */
  async #writeInPacket(offset: number, part: Buffer): Promise<void> {
    const packet = Math.floor(offset / this.#packetBytes)
    if (part.length === this.#packetBytes) {
      if (this.#kept?.packet === packet) this.#kept = undefined
      await this.#writePacket(packet, part)
      return
    }
    const data = await this.#completed(packet)
    part.copy(data, offset - packet * this.#packetBytes)
    await this.#writePacket(packet, data)
    this.#kept = { packet, data }
  }

  /** The packet as it is on the disc, in a buffer of our own; it is not `#kept` any more while it is changed. */
  async #completed(packet: number): Promise<Buffer> {
    const kept = this.#kept
    this.#kept = undefined
    if (kept?.packet === packet) return kept.data
    this.#counters.packetsRead++
    const pieces = await this.#drive.read(packet * this.#drive.packetBlocks, this.#drive.packetBlocks)
    const [first] = pieces
    return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, this.#packetBytes)
  }

  async #writePacket(packet: number, data: Buffer): Promise<void> {
    this.#unsynchronized = true
    try {
      await this.#drive.writePacket(packet * this.#drive.packetBlocks, data)
    } catch (error) {
      // The packet may be torn now, its blocks that were durable long ago included.
      throw retold(asBlockError(error), true)
    }
    this.#counters.packetWritten(packet)
  }

  /** `tellLater`: a failure goes to the next flush too. */
  async #synchronize(tellLater: boolean): Promise<void> {
    if (!this.#unsynchronized && !this.#drive.owesError) return
    this.#counters.synchronizes++
    try {
      await this.#drive.synchronize()
    } catch (error) {
      const failure = asBlockError(error)
      if (tellLater) this.#unreported = failure
      throw retold(failure)
    }
    this.#unsynchronized = false
    this.#counters.dirty = 0
  }
}
