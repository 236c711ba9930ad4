// A drive on which some packets lie elsewhere: whoever is above asks for a packet by its own number, and gets its spare one.
import type { PacketDrive } from './drive.ts'
import { asBlockError, BlockError } from './error.ts'

/** Part of a request that is in one piece on the medium. */
interface Piece {
  /** Where the request has it, and where the medium has it. */
  lba: number
  at: number
  blocks: number
}

export class SparedDrive implements PacketDrive {
  readonly #drive: PacketDrive
  /** Packet → the packet that stands in for it. */
  readonly #spares = new Map<number, number>()

  constructor(drive: PacketDrive) {
    this.#drive = drive
  }

  get packetBlocks(): number {
    return this.#drive.packetBlocks
  }

  get blocks(): number {
    return this.#drive.blocks
  }

  get packetsAtOnce(): number {
    return this.#drive.packetsAtOnce
  }

  get owesError(): boolean {
    return this.#drive.owesError
  }

  /** Packet → the packet that stands in for it. */
  get spares(): ReadonlyMap<number, number> {
    return this.#spares
  }

  /** From the next command on `spare` stands in for `packet`; without one, the packet itself is asked for again. */
  replace(packet: number, spare: number | undefined): void {
    if (spare === undefined) this.#spares.delete(packet)
    else this.#spares.set(packet, spare)
  }

  async read(lba: number, blocks: number): Promise<Buffer[]> {
    const pieces: Buffer[] = []
    for (const piece of this.#piecesOf(lba, blocks))
      pieces.push(...(await this.#named(() => this.#drive.read(piece.at, piece.blocks))))
    return pieces
  }

  async writePackets(lba: number, packets: readonly Buffer[]): Promise<void> {
    const { packetBlocks } = this
    for (const piece of this.#piecesOf(lba, packets.length * packetBlocks)) {
      const first = (piece.lba - lba) / packetBlocks
      const sent = packets.slice(first, first + piece.blocks / packetBlocks)
      await this.#named(() => this.#drive.writePackets(piece.at, sent))
    }
  }

  synchronize(): Promise<void> {
    return this.#named(() => this.#drive.synchronize())
  }

  #piecesOf(lba: number, blocks: number): Piece[] {
    if (this.#spares.size === 0) return [{ lba, at: lba, blocks }]
    const { packetBlocks } = this
    const pieces: Piece[] = []
    for (let from = lba; from < lba + blocks; ) {
      const packet = Math.floor(from / packetBlocks)
      const to = Math.min(lba + blocks, (packet + 1) * packetBlocks)
      const at = from + ((this.#spares.get(packet) ?? packet) - packet) * packetBlocks
      const last = pieces.at(-1)
      if (last !== undefined && last.at + last.blocks === at) last.blocks += to - from
      else pieces.push({ lba: from, at, blocks: to - from })
      from = to
    }
    return pieces
  }

  /** A failure names the block that was asked for, not the one that stands in for it. */
  async #named<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await command()
    } catch (error) {
      throw this.#spares.size === 0 ? error : this.#renamed(asBlockError(error))
    }
  }

  #renamed(failure: BlockError): BlockError {
    const { sense, errno, message, losesEarlier } = failure
    if (sense?.information === undefined) return failure
    const spare = Math.floor(sense.information / this.packetBlocks)
    for (const [packet, standIn] of this.#spares) {
      if (standIn !== spare) continue
      const information = sense.information + (packet - spare) * this.packetBlocks
      return new BlockError(errno, message, { losesEarlier, sense: { ...sense, information } })
    }
    return failure
  }
}
