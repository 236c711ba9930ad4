// Counts what the engine does, for `pktw status` and for the tests that hold its promises.
import type { PacketStats } from './status.ts'
import { WriteCounts } from './write-counts.ts'

/** The counters of one engine. `perPacket` costs four bytes a packet: 600 KB for a dual-layer disc's worth. */
export class Counters {
  readonly requests = { reads: 0, writes: 0, flushes: 0 }
  packetsRead = 0
  blocksRead = 0
  synchronizes = 0
  errors = 0
  blocksFromMemory = 0
  packetsDirtied = 0
  #lastError: string | undefined
  readonly #dirtied = new Set<number>()
  readonly #written: WriteCounts

  constructor(packets: number) {
    this.#written = new WriteCounts(new Uint32Array(packets))
  }

  packetWritten(packet: number): void {
    this.#written.written(packet)
  }

  /** The packet was written to in memory. */
  packetDirtied(packet: number): void {
    if (this.#dirtied.has(packet)) return
    this.#dirtied.add(packet)
    this.packetsDirtied++
  }

  /** A flush to the medium begins: what is dirtied from now on counts anew. */
  boundary(): void {
    this.#dirtied.clear()
  }

  failed(error: Error): void {
    this.errors++
    this.#lastError = error.message
  }

  /** `waiting`: packets in memory only; `unsynchronized`: handed to the drive since it last emptied its cache. */
  snapshot({ waiting, unsynchronized }: { waiting: number; unsynchronized: number }): PacketStats {
    const { total, hottest } = this.#written
    return {
      requests: { ...this.requests },
      packetsWritten: total,
      packetsRead: this.packetsRead,
      packetsDirtied: this.packetsDirtied,
      blocksRead: this.blocksRead,
      blocksFromMemory: this.blocksFromMemory,
      synchronizes: this.synchronizes,
      errors: this.errors,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      waiting,
      dirty: waiting + unsynchronized,
      ...(hottest === undefined ? {} : { hottest }),
    }
  }
}
