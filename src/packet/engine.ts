// The packet engine: block requests of any size on a disc that takes whole packets only.
//
// A write changes the cache at once and is acknowledged when the journal has it too; writeback.ts takes it to the medium
// at a flush, when memory gets short, or some time after the last write. docs/engine.md says what each promise means.
import { Admission } from './admission.ts'
import { inside, insideWholePackets, nameOf, packetsOf } from './bounds.ts'
import { PacketCache } from './cache.ts'
import { Counters } from './counters.ts'
import { blockBytes, type PacketDrive } from './drive.ts'
import { Durable } from './durable.ts'
import type { PacketEngineOptions } from './engine-options.ts'
import { asBlockError, BlockError, errno } from './error.ts'
import { GivingUp } from './giving-up.ts'
import { Intake } from './intake.ts'
import { Loader } from './loader.ts'
import { Losses } from './losses.ts'
import { SerialQueue } from './queue.ts'
import { Reader } from './reader.ts'
import type { Loss, PacketStats } from './status.ts'
import { Writeback } from './writeback.ts'

/** Bytes that are admitted in one go of a longer request. */
const stepBytes = 1024 * 1024

export class PacketEngine {
  readonly sizeBytes: number
  readonly blockSize = blockBytes
  readonly preferredBytes: number
  readonly readOnly: boolean
  readonly #options: PacketEngineOptions
  readonly #cache: PacketCache
  readonly #counters: Counters
  readonly #intake: Intake
  readonly #reader: Reader
  readonly #writeback: Writeback
  readonly #admission: Admission
  readonly #packetBytes: number
  readonly #durable: Durable
  readonly #givingUp: GivingUp
  readonly #losses = new Losses()
  /** The disc has gone; nothing more is tried. */
  #gone: BlockError | undefined
  #refusal: BlockError | undefined

  constructor(drive: PacketDrive, options: PacketEngineOptions) {
    this.#options = options
    this.#packetBytes = drive.packetBlocks * blockBytes
    this.sizeBytes = drive.blocks * blockBytes
    this.preferredBytes = this.#packetBytes
    this.readOnly = options.readOnly ?? false
    if (this.readOnly) this.refuseWrites('the disc is mapped read-only')
    this.#durable = new Durable({
      flush: options.flush ?? 'medium',
      journal: options.journal,
      journalFindsDisc: options.journalFindsDisc ?? (() => true),
      writeback: () => this.#writeback,
      onJournalLost: (error) => options.onJournalLost?.(error),
      onJournalDiscard: options.onJournalDiscard ?? (async () => undefined),
      onFailure: (what, failure) => options.onFailure?.(what, failure),
      onTold: async () => {
        this.#losses.tell()
        await this.#durable.journal?.recordLosses([]).catch(() => undefined)
      },
    })
    const queue = new SerialQueue()
    this.#cache = new PacketCache(this.#packetBytes, options.cleanBytes ?? 2 * 1024 * 1024)
    this.#counters = new Counters(Math.floor(drive.blocks / drive.packetBlocks))
    const journal = () => this.#durable.journal
    const parts = { drive, queue, cache: this.#cache, counters: this.#counters, journal }
    const inDoubt = (packet: number) => this.#writeback.inDoubt(packet)
    const isSettled = (packet: number) => this.#writeback.isSettled(packet)
    const loader = new Loader({ ...parts, inDoubt, isSettled })
    this.#intake = new Intake({
      ...parts,
      ...{ packetBytes: this.#packetBytes, loader },
      onJournalLost: (error) => this.#durable.loseJournal(error),
      isSettled,
      now: options.now,
    })
    this.#reader = new Reader({
      ...parts,
      ...{ packetBytes: this.#packetBytes, loader },
      packets: Math.ceil(drive.blocks / drive.packetBlocks),
      reclaim: (first, count) => this.#writeback.reclaim(first, count),
      onBadBlocks: (lba, blocks) => options.onBadBlocks?.(lba, blocks),
    })
    this.#givingUp = new GivingUp({
      ...{ ...parts, packetBlocks: drive.packetBlocks, losses: this.#losses },
      replace: options.replace ?? (async () => false),
      keep: options.onGivenUp ?? (async () => undefined),
      report: (failure) => this.#durable.report(failure),
      onFailure: (what, failure) => options.onFailure?.(what, failure),
      onBadBlocks: (lba, blocks) => options.onBadBlocks?.(lba, blocks),
    })
    this.#writeback = new Writeback({
      ...parts,
      loader,
      onWritten: options.onWritten ?? (() => undefined),
      onSynchronized: options.onSynchronized ?? (async () => undefined),
      onCacheLost: (packets, failure) => {
        this.#counters.failed(failure)
        this.#options.onFailure?.(`keeping ${packets} packets, which are written again,`, failure)
      },
      refuse: (refused, failure) => this.#givingUp.refuse(refused, failure),
      onLost: (packets) => this.#givingUp.lose(packets),
    })
    this.#admission = new Admission({
      dirty: () => this.#cache.dirtyCount,
      limit: Math.max(2, Math.floor((options.dirtyBytes ?? 20 * 1024 * 1024) / this.#packetBytes)),
      overlong: () => this.#journalIs(2),
      relieve: (to) =>
        this.#writeback.relieve(to, { full: () => this.#journalIs(1), overlong: () => this.#journalIs(2) }),
    })
  }

  /**
   * `length` bytes from `offset`, both multiples of 2048, as pieces in order. Rejects with BlockError EINVAL
   * (outside the disc) or EIO.
   */
  read(offset: number, length: number): Promise<readonly Buffer[]> {
    return this.#request('reads', nameOf('read', offset, length), async () => {
      inside(offset, length, this.sizeBytes, errno.EINVAL)
      await this.#admission.overlapping(offset, length)
      return this.#reader.read(offset, length)
    })
  }

  /**
   * Writes `data` at `offset`, both multiples of 2048 bytes; with `fua` it is durable on return, as after a flush. `data`
   * must not change until then. Rejects with BlockError: EPERM (read-only), ENOSPC (past the end, or in an incomplete
   * last packet, which no drive can write), EIO.
   */
  write(offset: number, data: Buffer, fua: boolean): Promise<void> {
    return this.#request('writes', nameOf('write', offset, data.length), async () => {
      if (this.#refusal !== undefined) throw this.#refusal
      inside(offset, data.length, this.sizeBytes, errno.ENOSPC)
      insideWholePackets(offset + data.length, this.sizeBytes, this.#packetBytes)
      const kept: Promise<void>[] = []
      try {
        await this.#admission.enter(offset, data.length, async (room) => {
          for (let at = 0; at < data.length; ) {
            const end = Math.min(data.length, at - ((offset + at) % stepBytes) + stepBytes)
            const first = Math.floor((offset + at) / this.#packetBytes)
            const after = Math.ceil((offset + end) / this.#packetBytes)
            await room(() => this.#cache.cleanAmong(first, after))
            if (this.#gone !== undefined) throw this.#gone
            kept.push(this.#intake.take(offset + at, data.subarray(at, end)))
            at = end
          }
        })
      } finally {
        // After a failure, too: the caller uses the memory again.
        await Promise.all(kept)
      }
      if (fua) await this.#durable.write(packetsOf(offset, data.length, this.#packetBytes))
      void this.#relieveInTime()
    })
  }

  /** What is trimmed need not be written, as far as it is whole packets. Reads give anything afterwards. */
  async trim(offset: number, length: number): Promise<void> {
    inside(offset, length, this.sizeBytes, errno.EINVAL)
    const first = Math.ceil(offset / this.#packetBytes)
    const end = Math.floor((offset + length) / this.#packetBytes)
    // Through the same door as writes: what comes behind it must not be trimmed with what was before.
    await this.#admission.enter(offset, length, async () => {
      for (let packet = first; packet < end; packet++) this.#cache.forget(packet, true)
    })
  }

  /**
   * Returns when all that was acknowledged before is durable in the sense of the option `flush`. Rejects with BlockError
   * EIO when it is not, and once after any failure that may have cost data acknowledged earlier.
   */
  flush(): Promise<void> {
    return this.#request('flushes', 'flush', async () => {
      await this.#durable.flush()
    })
  }

  /** As flush, but always to the medium: before an unmount, the tray or the machine's sleep. */
  flushToMedium(): Promise<void> {
    return this.#request('flushes', 'flush', async () => {
      await this.#durable.toMedium()
      await this.#durable.tell()
    })
  }

  /** As flushToMedium, for when nobody is there to be told: a failure waits for the next flush. */
  async settle(): Promise<void> {
    if (this.#gone !== undefined) return
    await this.#durable.toMedium().catch((error) => {
      const failure = asBlockError(error)
      this.#durable.reportLater(failure)
      this.#counters.failed(failure)
      this.#options.onFailure?.('writing back', failure)
    })
  }

  /**
   * Takes over what a journal had: blocks that are acknowledged and perhaps not on the medium, and the losses that the next flush is
   * to report. Before the first request.
   */
  restore(
    blocks: readonly { segment: number; lba: number; data: Buffer }[],
    untold: readonly Loss[] = [],
  ): void {
    const last = untold.at(-1)
    this.#losses.add(untold)
    if (last !== undefined) this.#durable.report(new BlockError(errno.EIO, last.why))
    for (const { segment, lba, data } of blocks) {
      this.#intake.put(lba * blockBytes, data, segment)
      this.#writeback.doubt(packetsOf(lba * blockBytes, data.length, this.#packetBytes))
    }
  }

  /**
   * After `restore`, for a disc that has come back: everything is on the medium, or given up. No flush reports what is given up now, since
   * nobody is there yet who wrote it. Rejects with BlockError when a part is neither; the journal keeps all of it.
   */
  async recover(): Promise<void> {
    this.#givingUp.reports = false
    await this.#durable.toMedium()
    this.#givingUp.reports = true
  }

  /** As read, in the middle of a write-back: it waits for none. Rejects with BlockError. */
  peek(lba: number, blocks: number): Promise<Buffer> {
    return this.#reader.peek(lba * blockBytes, blocks * blockBytes)
  }

  /** Drops what memory has of a packet, unless it is newer than the disc's. */
  forget(packet: number): void {
    this.#cache.forget(packet, false)
  }

  /** The disc has gone: every request is refused from now on. What is not on it stays in the journal. */
  async abandon(why: string): Promise<void> {
    this.#gone = new BlockError(errno.EIO, why)
    await this.#durable.journal?.synchronize().catch(() => undefined)
  }

  /** No write is acknowledged any more; reads are answered as before. */
  refuseWrites(why: string): void {
    this.#refusal = new BlockError(errno.EPERM, why)
  }

  /** ms since anything was written, for who decides when to write back; undefined when all is on the medium. */
  restlessFor(now: number): { quietMs: number; oldestMs: number; packets: number } | undefined {
    const waiting = [...this.#cache.dirty()]
    if (waiting.length === 0 && this.#writeback.unsynchronized === 0) return undefined
    const since = waiting.reduce((oldest, { since: s }) => Math.min(oldest, s), now)
    const packets = waiting.length + this.#writeback.unsynchronized
    return { quietMs: now - this.#intake.lastWrite, oldestMs: now - since, packets }
  }

  /** All that was acknowledged is on the medium. */
  get isClean(): boolean {
    return this.#cache.dirtyCount === 0 && this.#writeback.unsynchronized === 0
  }

  /** Acknowledged data that the disc does not have; newest last, at most 64. */
  get losses(): readonly Loss[] {
    return this.#losses.list
  }

  stats(): PacketStats {
    return this.#counters.snapshot({
      waiting: this.#cache.dirtyCount,
      unsynchronized: this.#writeback.unsynchronized,
    })
  }

  async #request<T>(kind: keyof PacketStats['requests'], what: string, job: () => Promise<T>): Promise<T> {
    this.#counters.requests[kind]++
    try {
      if (this.#gone !== undefined) throw this.#gone
      return await job()
    } catch (error) {
      const failure = asBlockError(error)
      this.#counters.failed(failure)
      this.#options.onFailure?.(what, failure)
      throw failure
    }
  }

  /** Longer than `times` what it may be. */
  #journalIs(times: number): boolean {
    const most = this.#options.journalBytes ?? 40 * 1024 * 1024
    return (this.#durable.journal?.bytes ?? 0) > times * most
  }

  /** Begins to write before memory is full, so that a fast writer and the drive work at the same time. */
  async #relieveInTime(): Promise<void> {
    await this.#admission.relieveInTime(this.#journalIs(1)).catch((error) => {
      this.#options.onFailure?.('writing back', asBlockError(error))
    })
  }
}
