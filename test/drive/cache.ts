// The drive's write cache: whole packets in RAM, on the medium only after SYNCHRONIZE CACHE or eviction.
import { BLOCK, type Disc } from './disc.ts'
import { seeded } from './seeded.ts'
import { CheckCondition } from './sense.ts'

/** In which order a cache is emptied, how much at a time, and what it does when the medium refuses a packet. */
export interface CacheHabits {
  /** Evicts the oldest first and flushes in ascending order; or both in an order of its own, from this seed. */
  order: 'oldest' | number
  /** Packets that go at a time when it is full. */
  batch: number
  /** ms without a command after which one packet goes to the medium, and then one more; 0: never. */
  idleMs: number
  /**
   * The rest, when the medium has refused a packet (which is dropped): `kept` for the next flush, `dropped` too, or `written` before the
   * error is reported. Of several that are refused then, the others are kept.
   */
  afterFailure: 'kept' | 'dropped' | 'written'
}

export const defaultHabits: CacheHabits = { order: 'oldest', batch: 1, idleMs: 0, afterFailure: 'kept' }

interface Entry {
  data: Buffer
  /** Which blocks of the packet the host wrote. */
  valid: boolean[]
}

/** Called before a packet goes to the medium; throws to make that fail. */
export type MediumGate = (packet: number, data: Buffer, valid: readonly boolean[]) => void

export class WriteCache {
  /** Oldest first. */
  #entries = new Map<number, Entry>()
  #disc: Disc
  readonly #habits: CacheHabits
  readonly #random: () => number
  readonly capacity: number
  /** Packets the medium wrote. */
  written = 0
  /** Of those, packets that were completed by reading the medium first. */
  readModifyWrites = 0

  constructor(disc: Disc, bytes: number, habits: CacheHabits = defaultHabits) {
    this.#disc = disc
    this.#habits = habits
    this.#random = seeded(habits.order === 'oldest' ? 0 : habits.order)
    this.capacity = Math.max(1, Math.floor(bytes / (disc.packetBlocks * BLOCK)))
  }

  /** Packets not yet on the medium, oldest first. */
  get dirty(): number[] {
    return [...this.#entries.keys()]
  }

  get size(): number {
    return this.#entries.size
  }

  /** The oldest packet, as the medium would come to hold it, without the read for the missing blocks. */
  oldest(): { packet: number; data: Buffer; valid: boolean[] } | undefined {
    for (const [packet, entry] of this.#entries) return { packet, ...entry }
    return undefined
  }

  /**
   * Takes blocks from the host. Evicts first when full; then throws what the medium says, having taken nothing. Gives how many more
   * packets are to be written now.
   */
  write(lba: number, data: Buffer, gate: MediumGate): number {
    let fresh = 0
    const size = this.#disc.packetBlocks
    const count = data.length / BLOCK
    for (let at = 0; at < count; ) {
      const packet = Math.floor((lba + at) / size)
      const inside = lba + at - packet * size
      const n = Math.min(size - inside, count - at)
      let entry = this.#entries.get(packet)
      if (!entry) {
        if (this.#entries.size >= this.capacity) {
          for (let gone = 0; gone < this.#habits.batch && this.size > 0; gone++) this.evict(gate)
        }
        entry = { data: Buffer.alloc(size * BLOCK), valid: new Array<boolean>(size).fill(false) }
        this.#entries.set(packet, entry)
        fresh++
      }
      data.copy(entry.data, inside * BLOCK, at * BLOCK, (at + n) * BLOCK)
      entry.valid.fill(true, inside, inside + n)
      at += n
    }
    return fresh
  }

  /** Lays cached blocks over what was read from the medium. */
  overlay(out: Buffer, lba: number, count: number): void {
    if (this.#entries.size === 0) return
    const size = this.#disc.packetBlocks
    for (let packet = Math.floor(lba / size); packet * size < lba + count; packet++) {
      const entry = this.#entries.get(packet)
      if (!entry) continue
      for (let i = 0; i < size; i++) {
        const at = packet * size + i
        if (!entry.valid[i] || at < lba || at >= lba + count) continue
        entry.data.copy(out, (at - lba) * BLOCK, i * BLOCK, (i + 1) * BLOCK)
      }
    }
  }

  /** Whether the cache holds this block, so that the medium need not be read. */
  has(lba: number): boolean {
    const size = this.#disc.packetBlocks
    const packet = Math.floor(lba / size)
    return this.#entries.get(packet)?.valid[lba - packet * size] === true
  }

  /** One packet to the medium: the oldest, or whichever the cache likes. Throws what the medium says. */
  evict(gate: MediumGate): void {
    const { order, afterFailure } = this.#habits
    const packets = this.dirty
    const packet = packets[order === 'oldest' ? 0 : Math.floor(this.#random() * packets.length)]
    if (packet === undefined) return
    try {
      this.#writeOut(packet, gate)
    } catch (e) {
      if (afterFailure === 'dropped' && e instanceof CheckCondition) this.drop()
      throw e
    }
  }

  /** Everything to the medium. Throws the first failure; what then happens to the rest is one of the cache's habits. */
  flush(gate: MediumGate): number {
    const packets = this.#inOrder()
    let failure: CheckCondition | undefined
    for (const packet of packets) {
      const entry = this.#entries.get(packet)
      try {
        this.#writeOut(packet, gate)
      } catch (e) {
        if (!(e instanceof CheckCondition)) throw e
        if (this.#habits.afterFailure === 'dropped') this.drop()
        if (this.#habits.afterFailure !== 'written') throw e
        if (failure && entry) this.#entries.set(packet, entry)
        failure ??= e
      }
    }
    if (failure) throw failure
    return packets.length
  }

  /** Forgets everything, as a power cut does. */
  drop(): void {
    this.#entries.clear()
  }

  #inOrder(): number[] {
    const packets = this.dirty.sort((a, b) => a - b)
    if (this.#habits.order === 'oldest') return packets
    for (let i = packets.length - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1))
      const swapped = packets[i] as number
      packets[i] = packets[j] as number
      packets[j] = swapped
    }
    return packets
  }

  /** A packet that is refused is dropped; one at which the drive hangs is still to be written. */
  #writeOut(packet: number, gate: MediumGate): void {
    const entry = this.#entries.get(packet)
    if (!entry) return
    try {
      gate(packet, entry.data, entry.valid)
      this.#complete(packet, entry)
    } catch (e) {
      if (e instanceof CheckCondition) this.#entries.delete(packet)
      throw e
    }
    this.#entries.delete(packet)
    this.#disc.writePacket(packet, entry.data)
    this.written++
  }

  /** Reads from the medium what the host did not write. Throws 3/11/00. */
  #complete(packet: number, entry: Entry): void {
    if (!entry.valid.includes(false)) return
    const size = this.#disc.packetBlocks
    const bad = entry.valid.findIndex((v, i) => !v && this.#disc.unreadable.has(packet * size + i))
    if (bad >= 0) throw new CheckCondition(3, 0x11, 0x00, { information: packet * size + bad })
    const old = this.#disc.read(packet * size, size)
    for (let i = 0; i < size; i++) {
      if (!entry.valid[i]) old.copy(entry.data, i * BLOCK, i * BLOCK, (i + 1) * BLOCK)
    }
    this.readModifyWrites++
  }
}
