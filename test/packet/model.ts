// A disc in memory as a PacketDrive: what it was given is checked, what is not synchronized can be lost.
import { blockBytes, type PacketDrive } from '../../src/packet/drive.ts'
import { BlockError, errno } from '../../src/packet/error.ts'

export type Call = { call: 'read' | 'write'; lba: number; blocks: number } | { call: 'synchronize' }

/** What goes wrong with the n-th call from now of a kind; counted down. */
export interface Plan {
  write?: number
  read?: number
  synchronize?: number
}

export class ModelDrive implements PacketDrive {
  readonly packetBlocks: number
  readonly blocks: number
  /** What a reader sees: medium and the drive's cache. */
  readonly content: Buffer
  /** What is left after a power cut. */
  readonly durable: Buffer
  readonly calls: Call[] = []
  readonly violations: string[] = []
  /** LBAs of packets whose write failed: their content is anybody's guess. */
  readonly torn = new Set<number>()
  plan: Plan = {}
  /** Every call of this kind fails, from now on. */
  failAll: Call['call'] | undefined
  /** What a planned failure is; an error of the medium unless told. */
  planned: BlockError | undefined
  /** Blocks that cannot be read until they are written. */
  readonly bad = new Set<number>()
  owesError = false
  /** Each read answers in pieces of this many blocks. */
  pieceBlocks = 5
  packetsAtOnce = 1
  #running = false

  constructor(packetBlocks: number, blocks: number) {
    this.packetBlocks = packetBlocks
    this.blocks = blocks
    this.content = Buffer.alloc(blocks * blockBytes)
    for (let lba = 0; lba < blocks; lba++) this.content.writeUInt32BE(lba, lba * blockBytes)
    this.durable = Buffer.from(this.content)
  }

  of(call: Call['call']): number {
    return this.calls.filter((c) => c.call === call).length
  }

  read(lba: number, blocks: number): Promise<Buffer[]> {
    return this.#call({ call: 'read', lba, blocks }, () => {
      if (lba + blocks > this.blocks) this.violations.push(`read past the end: ${lba}+${blocks}`)
      for (let at = lba; at < lba + blocks; at++) if (this.bad.has(at)) throw mediumError(`block ${at}`)
      const pieces: Buffer[] = []
      for (let at = lba; at < lba + blocks; at += this.pieceBlocks) {
        const to = Math.min(lba + blocks, at + this.pieceBlocks)
        pieces.push(Buffer.from(this.content.subarray(at * blockBytes, to * blockBytes)))
      }
      return pieces
    })
  }

  writePackets(lba: number, packets: readonly Buffer[]): Promise<void> {
    if (packets.length > this.packetsAtOnce) this.violations.push(`${packets.length} packets at once`)
    const data = Buffer.concat(packets)
    const blocks = data.length / blockBytes
    // Taken at the call: the engine must not change the data while the drive works on it.
    return this.#call(
      { call: 'write', lba, blocks },
      () => {
        if (lba % this.packetBlocks !== 0 || blocks % this.packetBlocks !== 0 || lba + blocks > this.blocks) {
          this.violations.push(`not a whole aligned packet: ${lba}+${blocks}`)
        }
        if (!data.equals(Buffer.concat(packets)))
          this.violations.push(`data of packet at ${lba} changed while it was written`)
        data.copy(this.content, lba * blockBytes)
        for (let at = lba; at < lba + blocks; at++) this.bad.delete(at)
      },
      () => {
        // Half new, half old, as a torn packet is; those before it are new, those after it old.
        data.subarray(0, data.length / 2).copy(this.content, lba * blockBytes)
        for (let at = lba; at < lba + blocks; at += this.packetBlocks) this.torn.add(at)
      },
    )
  }

  synchronize(): Promise<void> {
    return this.#call({ call: 'synchronize' }, () => {
      this.content.copy(this.durable)
    })
  }

  async #call<T>(call: Call, job: () => T, failed: () => void = () => undefined): Promise<T> {
    if (this.#running) this.violations.push(`${call.call} while another command runs`)
    this.#running = true
    this.calls.push(call)
    await new Promise((resolve) => setImmediate(resolve))
    this.#running = false
    if (this.failAll === call.call) throw this.planned ?? mediumError(`${call.call} fails`)
    const left = this.plan[call.call]
    if (left !== undefined) {
      this.plan[call.call] = left - 1
      if (left === 0) {
        delete this.plan[call.call]
        failed()
        throw this.planned ?? mediumError(`${call.call} fails as planned`)
      }
    }
    return job()
  }
}

const mediumError = (what: string) =>
  new BlockError(errno.EIO, what, { sense: { key: 3, asc: 0x11, ascq: 0 } })

/** Bytes that differ from block to block and from seed to seed. */
export function pattern(blocks: number, seed: number): Buffer {
  const data = Buffer.alloc(blocks * blockBytes)
  for (let i = 0; i < data.length; i += 4) data.writeUInt32LE((seed * 2654435761 + i) >>> 0, i)
  return data
}
