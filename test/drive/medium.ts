// A disc that is loaded: reads through the drive's cache, writes into it, faults in between.
import { WriteCache } from './cache.ts'
import type { Counters } from './counters.ts'
import { BLOCK, type Disc, type Track, track } from './disc.ts'
import type { Faults, PowerCut } from './faults.ts'
import type { Work } from './pace.ts'
import { CheckCondition } from './sense.ts'

/** The power went while a packet was being written. */
export class PowerWent extends Error {
  override name = 'PowerWent'
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
  #faults: Faults
  #counters: Counters

  constructor(disc: Disc, cacheBytes: number, faults: Faults, counters: Counters) {
    this.disc = disc
    this.cache = new WriteCache(disc, cacheBytes)
    this.#faults = faults
    this.#counters = counters
  }

  /** Blocks as the host sees them: cache over medium. Throws 3/xx with the LBA of the first block that cannot be read. */
  read(lba: number, count: number): Buffer {
    const fault = this.#faults.takeSector('read', lba, count)
    if (fault) throw new CheckCondition(fault.key, fault.asc, fault.ascq, { information: fault.lba })
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
        throw new CheckCondition(e.sense.key, e.sense.asc, e.sense.ascq, { ...e.sense, deferred: true })
      }
      throw e
    }
    this.#counters.blocksWritten += count
    if (through) this.flush()
  }

  /** SYNCHRONIZE CACHE. Throws 3/0C/00 with an LBA when a packet cannot be written; the next call goes on after it. */
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
    const fault = this.#faults.takeSector('write', packet * size, size)
    if (!fault && !this.tooFast) return
    this.broken = true
    const sense = fault ?? { key: 3, asc: 0x0c, ascq: 0, lba: packet * size }
    throw new CheckCondition(sense.key, sense.asc, sense.ascq, { information: sense.lba })
  }
}
