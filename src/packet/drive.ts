// What the packet engine needs of a drive with a disc in it. mmc-drive.ts is one; the tests have a model in memory.

/** Bytes of one block on every medium that can be packet-written. */
export const blockBytes = 2048

/**
 * A disc that can be rewritten packet by packet. Every call rejects with a BlockError when it failed, and does so
 * within a bounded time. The engine never has two calls running.
 */
export interface PacketDrive {
  /** Blocks in one packet; 16 or 32 on today's media. */
  readonly packetBlocks: number
  /** Blocks of the disc. Should be a multiple of packetBlocks; what is left over can be read only. */
  readonly blocks: number
  /**
   * The blocks from `lba` on, whole, as one or more pieces in order (as many as the bus needed transfers). The pieces
   * are the caller's: it may change them.
   */
  read(lba: number, blocks: number): Promise<Buffer[]>
  /** Packets that one call of writePackets may bring. */
  readonly packetsAtOnce: number
  /**
   * Writes packets that follow each other, all or, when it rejects, any of them. `lba` is a multiple of packetBlocks; each
   * packet is packetBlocks × 2048 bytes and does not change until then.
   */
  writePackets(lba: number, packets: readonly Buffer[]): Promise<void>
  /** Returns when everything written before is on the medium. Also rejects, once, for what `owesError` stands for. */
  synchronize(): Promise<void>
  /** An earlier write was told to have failed in the answer to something else that could be carried through. */
  readonly owesError: boolean
}
