// The drive's write cache: whole packets in RAM, on the medium only after SYNCHRONIZE CACHE or eviction.
import { BLOCK, type Disc } from './disc.ts'
import { CheckCondition } from './sense.ts'

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
  readonly capacity: number
  /** Packets the medium wrote. */
  written = 0
  /** Of those, packets that were completed by reading the medium first. */
  readModifyWrites = 0

  constructor(disc: Disc, bytes: number) {
    this.#disc = disc
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
        while (this.#entries.size >= this.capacity) this.#writeOut(this.dirty[0] as number, gate)
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

  /** Everything to the medium, in ascending order. Throws at the first packet that fails; that one is dropped. */
  flush(gate: MediumGate): number {
    const packets = this.dirty.sort((a, b) => a - b)
    for (const packet of packets) this.#writeOut(packet, gate)
    return packets.length
  }

  /** Forgets everything, as a power cut does. */
  drop(): void {
    this.#entries.clear()
  }

  #writeOut(packet: number, gate: MediumGate): void {
    const entry = this.#entries.get(packet)
    if (!entry) return
    this.#entries.delete(packet)
    gate(packet, entry.data, entry.valid)
    if (entry.valid.includes(false)) {
      const size = this.#disc.packetBlocks
      const bad = entry.valid.findIndex((v, i) => !v && this.#disc.unreadable.has(packet * size + i))
      if (bad >= 0) throw new CheckCondition(3, 0x11, 0x00, { information: packet * size + bad })
      const old = this.#disc.read(packet * size, size)
      for (let i = 0; i < size; i++) {
        if (!entry.valid[i]) old.copy(entry.data, i * BLOCK, i * BLOCK, (i + 1) * BLOCK)
      }
      this.readModifyWrites++
    }
    this.#disc.writePacket(packet, entry.data)
    this.written++
  }
}
