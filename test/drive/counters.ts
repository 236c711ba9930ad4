// What the drive was asked and what it did, for tests to look at.

/** One command as it was answered. */
export interface LogEntry {
  /** Counts from 1 over the drive's life. */
  number: number
  /** ms of the drive's clock when it came in. */
  at: number
  opcode: number
  /** Hexadecimal, without spaces. */
  cdb: string
  /** `good`, `hang`, or the sense as `5/21/02`. */
  result: string
  bytesIn: number
  bytesOut: number
}

export class Counters {
  /** Operation code → commands received. */
  readonly commands = new Map<number, number>()
  blocksRead = 0
  blocksWritten = 0
  /** Packets touched by WRITE commands, added up: what a drive without a cache would write. */
  packetsNamed = 0
  /** SYNCHRONIZE CACHE commands that had something to write. */
  flushes = 0
  #log: LogEntry[] = []
  #kept: number
  #number = 0

  constructor(kept: number) {
    this.#kept = kept
  }

  /** The last commands, oldest first. */
  get log(): readonly LogEntry[] {
    return this.#log
  }

  /** Commands received with this operation code. */
  of(opcode: number): number {
    return this.commands.get(opcode) ?? 0
  }

  record(at: number, cdb: Buffer, result: string, bytesIn: number, bytesOut: number): void {
    const opcode = cdb[0] ?? 0
    this.commands.set(opcode, this.of(opcode) + 1)
    this.#number++
    this.#log.push({ number: this.#number, at, opcode, cdb: cdb.toString('hex'), result, bytesIn, bytesOut })
    // Halved rather than shifted one by one: shift() on a long array is slow.
    if (this.#log.length >= this.#kept * 2) this.#log = this.#log.slice(-this.#kept)
  }

  reset(): void {
    this.commands.clear()
    this.#log = []
    this.blocksRead = 0
    this.blocksWritten = 0
    this.packetsNamed = 0
    this.flushes = 0
  }
}
