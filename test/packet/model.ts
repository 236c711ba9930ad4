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
  /** Whether INFORMATION says which of them it was. */
  namesUnreadable = false
  /** Packets, by LBA, that the medium refuses when the cache is emptied; the cache lets go of each as it fails. */
  readonly refused = new Set<number>()
  /** What INFORMATION says of a refused packet; nothing unless told. */
  names: (lba: number) => number | undefined = () => undefined
  /** What becomes of the rest of the cache then; `stuck`: the refused packet stays there, too, and fails every time. */
  afterRefusal: 'kept' | 'dropped' | 'written' | 'stuck' = 'kept'
  /** Packets, by LBA, that are in the cache only. */
  readonly cached = new Set<number>()
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
      for (let at = lba; at < lba + blocks; at++)
        if (this.bad.has(at)) throw mediumError(`block ${at}`, this.namesUnreadable ? at : undefined)
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
        for (let at = lba; at < lba + blocks; at += this.packetBlocks) this.cached.add(at)
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
      const failed: number[] = []
      for (const lba of [...this.cached].sort((a, b) => a - b)) {
        if (!this.refused.has(lba)) this.#settle(lba)
        else if (failed.push(lba) > 0 && this.afterRefusal !== 'stuck') this.loseCache([lba])
        if (failed.length > 0 && this.afterRefusal !== 'written') break
      }
      if (failed.length > 0 && this.afterRefusal === 'dropped') this.loseCache()
      const [first] = failed
      if (first !== undefined) throw refusal(this.names(first))
    })
  }

  /** What is in the cache only is lost, and the medium is as it was. */
  loseCache(packets: readonly number[] = [...this.cached]): void {
    for (const lba of packets) {
      this.durable.copy(this.content, lba * blockBytes, lba * blockBytes, this.#end(lba))
      this.cached.delete(lba)
    }
  }

  #settle(lba: number): void {
    this.content.copy(this.durable, lba * blockBytes, lba * blockBytes, this.#end(lba))
    this.cached.delete(lba)
  }

  #end(lba: number): number {
    return (lba + this.packetBlocks) * blockBytes
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

const refusal = (information: number | undefined) =>
  new BlockError(errno.EIO, '3/0C/00 write error', {
    sense: { key: 3, asc: 0x0c, ascq: 0, ...(information === undefined ? {} : { information }) },
  })

const mediumError = (what: string, information?: number) =>
  new BlockError(errno.EIO, what, {
    sense: { key: 3, asc: 0x11, ascq: 0, ...(information === undefined ? {} : { information }) },
  })

/** Bytes that differ from block to block and from seed to seed. */
export function pattern(blocks: number, seed: number): Buffer {
  const data = Buffer.alloc(blocks * blockBytes)
  for (let i = 0; i < data.length; i += 4) data.writeUInt32LE((seed * 2654435761 + i) >>> 0, i)
  return data
}
