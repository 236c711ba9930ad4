// The end of a packet that the medium does not take: here it is given up, and nowhere else.
import { blockRange, runsOf } from './blocks.ts'
import { nameOf } from './bounds.ts'
import type { Counters } from './counters.ts'
import { blockBytes } from './drive.ts'
import { asBlockError, BlockError, errno } from './error.ts'
import type { Journal } from './journal.ts'
import type { Losses } from './losses.ts'
import type { Fate, Refused } from './outgoing.ts'

/** Blocks that follow each other. */
export interface KeptBlocks {
  lba: number
  data: Buffer
}

export interface GivingUpParts {
  packetBlocks: number
  counters: Counters
  losses: Losses
  /** Undefined: none, or none any more. */
  journal: () => Journal | undefined
  /** Puts a copy aside; gives the directory. Rejects when that has to succeed first, and did not. */
  keep: (blocks: readonly KeptBlocks[], failure: BlockError) => Promise<string | undefined>
  /** Has another packet stand in for one that the medium refuses. False: there is none. Rejects when that cannot be told now: the packet stays. */
  replace: (packet: number) => Promise<boolean>
  /** The next flush is to report it. */
  report: (failure: BlockError) => void
  onFailure: (what: string, failure: BlockError) => void
  onBadBlocks: (lba: number, blocks: number) => void
}

export class GivingUp {
  readonly #parts: GivingUpParts
  /** Whether the next flush is to report it. */
  reports = true

  constructor(parts: GivingUpParts) {
    this.#parts = parts
  }

  /**
   * A packet of which everything is known is replaced, where the disc has spare ones. Otherwise what is known is copied, if there is a
   * place for that; the loss is in the journal, durable, and the next flush reports it. Gives why the packet is not given up, when no
   * copy can be made. Rejects with none.
   */
  async refuse(refused: Refused, failure: BlockError): Promise<Fate> {
    const all = blockRange(0, this.#parts.packetBlocks)
    try {
      if ((refused.known & all) === all && (await this.#parts.replace(refused.packet))) return 'replaced'
    } catch (error) {
      return asBlockError(error)
    }
    const { packetBlocks, losses, report, onFailure, onBadBlocks, counters } = this.#parts
    const lba = refused.packet * packetBlocks
    let kept: string | undefined
    try {
      kept = await this.#parts.keep(this.#blocksOf(refused), failure)
    } catch (error) {
      return new BlockError(
        errno.EIO,
        `${failure.message}; and no copy of it can be kept: ${asBlockError(error).message}`,
      )
    }
    const loss = { lba, blocks: packetBlocks, at: Date.now(), why: failure.message }
    losses.add([{ ...loss, ...(kept === undefined ? {} : { kept }) }], !this.reports)
    if (this.reports) report(failure)
    counters.failed(failure)
    onFailure(nameOf('write', lba * blockBytes, packetBlocks * blockBytes), failure)
    onBadBlocks(lba, packetBlocks)
    await this.#record({ lba, blocks: packetBlocks, before: refused.sequence })
    return 'given up'
  }

  /** Packets, ascending, that the drive lost and that neither memory nor the journal has. */
  async lose(packets: readonly number[]): Promise<void> {
    const { packetBlocks, losses, report } = this.#parts
    const why = `${packets.length} packets were lost with the drive's cache`
    const at = Date.now()
    const runs: { lba: number; blocks: number }[] = []
    for (const packet of packets) {
      const last = runs.at(-1)
      const lba = packet * packetBlocks
      if (last !== undefined && last.lba + last.blocks === lba) last.blocks += packetBlocks
      else runs.push({ lba, blocks: packetBlocks })
    }
    losses.add(runs.map((run) => ({ ...run, at, why })))
    report(new BlockError(errno.EIO, why))
    await this.#record()
  }

  /** Before the journal lets go of what is lost, and before anybody is told that it is safe. */
  async #record(lost?: { lba: number; blocks: number; before: number }): Promise<void> {
    const journal = this.#parts.journal()
    journal?.recordLosses(this.#parts.losses.untold, lost).catch(() => undefined)
    await journal?.synchronize().catch(() => undefined)
  }

  #blocksOf({ packet, data, known }: Refused): KeptBlocks[] {
    const { packetBlocks } = this.#parts
    return Array.from(runsOf(known, packetBlocks), ({ first, count }) => ({
      lba: packet * packetBlocks + first,
      data: data.subarray(first * blockBytes, (first + count) * blockBytes),
    }))
  }
}
