// A disc that is loaded: reads through the drive's cache, writes into it, faults in between.
import { type CacheHabits, WriteCache } from './cache.ts'
import type { Counters } from './counters.ts'
import { BLOCK, type Disc, type Track, track } from './disc.ts'
import type { Faults, PowerCut } from './faults.ts'
import type { Work } from './pace.ts'
import { CheckCondition, type SenseData } from './sense.ts'

/** The power went while a packet was being written. */
export class PowerWent extends Error {
  override name = 'PowerWent'
}

/** The drive got stuck at a block: no answer until it is reset. */
export class Stuck extends Error {
  override name = 'Stuck'
}

export class Medium {
  readonly disc: Disc
  readonly cache: WriteCache
  /** Set by a failed write of a drive that only a reload heals. */
  broken = false
  /** Reads since the last SYNCHRONIZE CACHE, for drives that cannot mix reads and writes. */
  readSinceFlush = false
  /** Writes fail: the drive obeyed a speed the medium cannot take. */
  tooFast = false
  /** Packets moved to or from the medium by the command being run: what latency counts. */
  moved = 0
  /** What the command being run gave the medium to do: what a paced drive takes its time for. */
  work: Work = { read: 0, written: 0, flushed: false }
  /** ms that the command being run takes longer for blocks that are slow. */
  slowMs = 0
  #faults: Faults
  #counters: Counters
  readonly #idleMs: number
  #restedAt = 0

  constructor(disc: Disc, cache: { bytes: number; habits: CacheHabits }, faults: Faults, counters: Counters) {
    this.disc = disc
    this.cache = new WriteCache(disc, cache.bytes, cache.habits)
    this.#idleMs = cache.habits.idleMs
    this.#faults = faults
    this.#counters = counters
  }

  /** Blocks as the host sees them: cache over medium. Throws 3/xx with the LBA of the first block that cannot be read. */
  read(lba: number, count: number): Buffer {
    const { slowMs, failure } = this.#faults.takeSector('read', lba, count, (at) => this.cache.has(at))
    this.slowMs += slowMs
    if (failure) throw thrown(failure)
    for (let from = lba; from < lba + count; ) {
      const bad = this.disc.firstUnreadable(from, lba + count - from)
      if (bad === undefined) break
      if (!this.cache.has(bad)) throw new CheckCondition(3, 0x11, 0x00, { information: bad })
      from = bad + 1
    }
    const out = this.disc.read(lba, count)
    this.cache.overlay(out, lba, count)
    for (let at = lba; at < lba + count; at++) if (!this.cache.has(at)) this.work.read += BLOCK
    this.#counters.blocksRead += count
    this.readSinceFlush = true
    this.moved += this.#packets(lba, count)
    return out
  }

  /** Overwritable media: into the cache. An eviction that fails is thrown as a deferred error, nothing taken. */
  write(lba: number, data: Buffer, through: boolean): void {
    const count = data.length / BLOCK
    this.#counters.packetsNamed += this.#packets(lba, count)
    const completed = this.cache.readModifyWrites
    try {
      const fresh = this.cache.write(lba, data, this.#gate)
      this.work.written += fresh * this.#packetBytes
      this.work.read += (this.cache.readModifyWrites - completed) * this.#packetBytes
    } catch (e) {
      if (e instanceof CheckCondition) {
        throw thrown({ deferred: true, ...e.sense })
      }
      throw e
    }
    this.#counters.blocksWritten += count
    if (through) this.flush()
  }

  /** The host asks nothing: what the cache writes by itself until `now`. Gives what the medium refused. */
  idle(now: number): SenseData[] {
    const refused: SenseData[] = []
    if (this.#idleMs === 0) return refused
    for (; this.cache.size > 0 && this.#restedAt + this.#idleMs <= now; this.#restedAt += this.#idleMs) {
      try {
        this.cache.evict(this.#gate)
      } catch (e) {
        if (e instanceof Stuck) break
        if (!(e instanceof CheckCondition)) throw e
        refused.push({ deferred: true, ...e.sense })
      }
    }
    return refused
  }

  /** A command ends now: the drive is idle from here on. */
  rests(now: number): void {
    this.#restedAt = now
  }

  /** SYNCHRONIZE CACHE. Throws 3/0C/00 with an LBA when a packet cannot be written; that packet is dropped. */
  flush(): void {
    this.readSinceFlush = false
    const completed = this.cache.readModifyWrites
    if (this.cache.flush(this.#gate) > 0) this.#counters.flushes++
    this.work.read += (this.cache.readModifyWrites - completed) * this.#packetBytes
    this.work.flushed = true
  }

  /** Sequential media: straight to the medium at the end of the open track, which is made when there is none. */
  append(lba: number, data: Buffer, packet: boolean): Track {
    const disc = this.disc
    let open = disc.openTrack
    if (!open) {
      const last = disc.tracks.at(-1)
      const session = last ? last.session + (disc.sessionOpen ? 0 : 1) : 1
      open = track((last?.number ?? 0) + 1, session, disc.nextTrackStart, 0, { open: true, packet })
      disc.tracks.push(open)
      disc.sessionOpen = true
      if (disc.state === 'blank' || disc.state === 'fast-blanked') disc.state = 'appendable'
    }
    const count = data.length / BLOCK
    const size = disc.packetBlocks
    for (let n = Math.floor(lba / size); n * size < lba + count; n++) this.#gate(n, data, [])
    disc.put(lba, data)
    this.work.written += data.length
    for (let n = Math.floor(lba / size); n * size < lba + count; n++) disc.count(n)
    open.blocks = lba + count - open.start
    this.#counters.blocksWritten += count
    this.#counters.packetsNamed += this.#packets(lba, count)
    return open
  }

  /** Power goes now: the oldest packet in the cache is torn, the others are lost. */
  tear(cut: Pick<PowerCut, 'newBlocks' | 'unreadableBlocks'>): void {
    const oldest = this.cache.oldest()
    if (oldest) this.#tearPacket(oldest.packet, oldest.data, oldest.valid, cut)
    this.cache.drop()
  }

  #tearPacket(
    packet: number,
    data: Buffer,
    valid: readonly boolean[],
    cut: Pick<PowerCut, 'newBlocks' | 'unreadableBlocks'>,
  ): void {
    const size = this.disc.packetBlocks
    const fresh = Math.min(cut.newBlocks, size)
    for (let i = 0; i < fresh; i++) {
      if (valid[i]) this.disc.put(packet * size + i, data.subarray(i * BLOCK, (i + 1) * BLOCK))
    }
    for (let i = fresh; i < Math.min(size, fresh + cut.unreadableBlocks); i++) {
      this.disc.unreadable.add(packet * size + i)
    }
    this.disc.count(packet)
  }

  get #packetBytes(): number {
    return this.disc.packetBlocks * BLOCK
  }

  #packets(lba: number, count: number): number {
    const size = this.disc.packetBlocks
    return count === 0 ? 0 : Math.floor((lba + count - 1) / size) - Math.floor(lba / size) + 1
  }

  #gate = (packet: number, data: Buffer, valid: readonly boolean[]): void => {
    this.moved++
    const cut = this.#faults.takePowerCut()
    if (cut) {
      if (valid.length > 0) this.#tearPacket(packet, data, valid, cut)
      this.cache.drop()
      throw new PowerWent('power went')
    }
    const size = this.disc.packetBlocks
    const { slowMs, failure } = this.#faults.takeSector('write', packet * size, size)
    this.slowMs += slowMs
    if (!failure && !this.tooFast) return
    if (failure !== 'hang') this.broken = true
    throw thrown(failure ?? { key: 3, asc: 0x0c, ascq: 0, information: packet * size })
  }
}

const thrown = (failure: 'hang' | SenseData): Error =>
  failure === 'hang'
    ? new Stuck('the drive is stuck at a block')
    : new CheckCondition(failure.key, failure.asc, failure.ascq, failure)
