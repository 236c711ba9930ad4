// Which disc is in, and whether the engine can write it.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { decide } from '../media/decide.ts'
import type { DiscFacts } from '../media/facts.ts'
import { profiles } from '../media/profiles.ts'
import type { Clock } from '../mmc/clock.ts'
import { examine } from '../mmc/examine.ts'
import type { Transport } from '../mmc/transport.ts'
import { blockBytes } from '../packet/drive.ts'
import { fitsOneTransfer } from '../packet/mmc-drive.ts'
import type { Medium } from '../settings/settings.ts'

/** ms for the drive to tell what is in it. */
const examineMs = 60_000
/** ms to wait for a disc that still spins up. */
const spinUpMs = 60_000

/** The disc cannot be served. */
export class StartError extends Error {
  override name = 'StartError'
  readonly diagnostic: Diagnostic
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message)
    this.diagnostic = diagnostic
  }
}

export interface ReadyDisc {
  facts: DiscFacts
  medium: Medium
  packetBlocks: number
  /** Blocks of 2048 bytes. */
  blocks: number
  /** One WRITE may bring several packets. */
  severalAtOnce: boolean
}

/** Asks until the disc is ready or is not going to be. Rejects with StartError, DriveError or TransportError. */
export async function identify(drive: string, transport: Transport, clock: Clock): Promise<ReadyDisc> {
  const end = clock.now() + spinUpMs
  for (;;) {
    const facts = await examine(transport, { deadlineMs: examineMs, clock })
    const { state, reason, medium, packetBlocks, blocks } = decide(facts)
    if (state === 'ready' && medium !== undefined && packetBlocks !== undefined && blocks !== undefined) {
      const severalAtOnce = profiles.get(facts.profile)?.severalAtOnce ?? false
      if (fitsOneTransfer(transport, packetBlocks))
        return { facts, medium, packetBlocks, blocks, severalAtOnce }
      const packet = (packetBlocks * blockBytes) / 1024
      const limit = Math.floor(transport.maxTransferBytes / 1024)
      throw new StartError(diagnose('engine.transfer-limit', { device: drive, packet, limit }))
    }
    if (state !== 'busy' || clock.now() >= end) throw new StartError(diagnose(reason, { device: drive }))
    await clock.sleep(500)
  }
}
