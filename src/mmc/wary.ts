// Whether the end of a reply came from the drive. sg's old interface does not report how much did (no residue): it hands over as many bytes
// as were asked for, and what did not come is what the kernel's buffer had before (sg.c, sg_read_oxfer).
import { BLOCK } from './read-write.ts'
import { bytesOf, type Command, piecesOf, type Reply, type Transport } from './transport.ts'

/**
 * Bytes of the buffer that a descriptor keeps (sg.c, SG_DEF_RESERVED_SIZE). It holds what the last command that fitted into it left there;
 * a command that does not fit gets new pages, filled with zeros (sg.c, sg_build_indirect).
 */
const reservedBytes = 32_768

/**
 * The same drive. A reply with status GOOD says how many blocks at its end may not be the drive's: those that end with zeros, or with
 * what the kernel's buffer had there before. The first block from the end that does neither came, and with it all before it. Four bytes of a
 * block are looked at: what is left over is never missed, and what is mistaken for it costs another READ.
 */
export class WaryTransport implements Transport {
  readonly device?: string
  readonly maxTransferBytes: number
  readonly #drive: Transport
  /** How each block of the kernel's buffer ends. */
  readonly #ends = new Int32Array(reservedBytes / BLOCK)
  /** A command ended without telling what it left in the buffer. */
  #unknown = false

  constructor(drive: Transport) {
    this.#drive = drive
    this.maxTransferBytes = drive.maxTransferBytes
    if (drive.device !== undefined) this.device = drive.device
  }

  async execute(command: Command): Promise<Reply> {
    const { dataIn = 0 } = command
    const sent = piecesOf(command)
    if (Math.max(dataIn, bytesOf(sent)) < BLOCK) return this.#drive.execute(command)
    const reply = await this.#drive.execute(command).catch((error: unknown) => {
      this.#unknown = true
      throw error
    })
    if (dataIn === 0) this.#keep(sent)
    else {
      const doubtful = reply.status === 0 ? this.#doubtful(reply.data) : 0
      this.#keep([reply.data])
      // Without data: what the drive sent before it failed is in the buffer all the same.
      if (reply.data.length < dataIn) this.#unknown = true
      if (doubtful > 0) return { ...reply, doubtful }
    }
    return reply
  }

  close(): Promise<void> {
    return this.#drive.close()
  }

  #doubtful(data: Buffer): number {
    const blocks = Math.floor(data.length / BLOCK)
    const fits = data.length <= reservedBytes
    if (fits && this.#unknown) return blocks
    let count = 0
    while (count < blocks) {
      const block = blocks - count - 1
      const end = data.readInt32LE(block * BLOCK + BLOCK - 4)
      if (end !== 0 && !(fits && end === this.#ends[block])) break
      count++
    }
    return count
  }

  #keep(pieces: readonly Uint8Array[]): void {
    const bytes = bytesOf(pieces)
    if (bytes > reservedBytes) return
    let at = 0
    for (const piece of pieces) {
      const view = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
      for (let end = BLOCK - (at % BLOCK); end <= view.length; end += BLOCK)
        if (end >= 4) this.#ends[(at + end) / BLOCK - 1] = view.readInt32LE(end - 4)
      at += view.length
    }
    if (bytes === reservedBytes) this.#unknown = false
  }
}
