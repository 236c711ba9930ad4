// A transport that belongs to one disc. When the disc is not the one that was taken up, nothing more is sent.
import { isMediumChange } from '../mmc/drive-command.ts'
import { opcode } from '../mmc/opcodes.ts'
import { type Command, type Reply, TransportError } from '../mmc/transport.ts'
import type { HeardTransport, Listener } from './attention.ts'

export interface DiscWatch {
  /** Why the disc is not ours any more; undefined while it is. Cheap: asked before each command that writes. */
  lost(): string | undefined
  /**
   * Asked when the drive itself said that the disc may have changed (6/28/00); waits until that is decided, and what cannot be decided
   * counts as lost. No other command goes through meanwhile.
   */
  lostAfterNotice(): Promise<string | undefined>
}

const writing: ReadonlySet<number> = new Set([
  opcode.write10,
  opcode.synchronizeCache,
  opcode.modeSelect10,
  opcode.formatUnit,
  opcode.closeTrackSession,
])

/**
 * The same drive, for as long as `watch` finds the same disc in it; after that every command is rejected with
 * TransportError `gone`, and `onLost` is called, once. `close` closes the drive underneath.
 */
export class GuardedTransport implements HeardTransport {
  readonly device?: string
  readonly maxTransferBytes: number
  readonly #drive: HeardTransport
  readonly #watch: DiscWatch
  readonly #onLost: (why: string) => void
  #why: string | undefined
  /** The drive said that the disc may have changed, and that is not settled yet. */
  #settling: Promise<void> | undefined

  constructor(drive: HeardTransport, watch: DiscWatch, onLost: (why: string) => void) {
    this.#drive = drive
    this.#watch = watch
    this.#onLost = onLost
    this.maxTransferBytes = drive.maxTransferBytes
    if (drive.device !== undefined) this.device = drive.device
  }

  /** Looks whether it is still the same disc; between commands, so that a swap does not wait for the next write. */
  look(): void {
    const why = this.#why === undefined ? this.#watch.lost() : undefined
    if (why !== undefined) this.#give(why)
  }

  #give(why: string): void {
    if (this.#why !== undefined) return
    this.#why = why
    this.#onLost(why)
  }

  async execute(command: Command): Promise<Reply> {
    await this.#settling
    this.#refuseIfLost(writing.has(command.cdb[0] ?? -1))
    const reply = await this.#drive.execute(command).catch((error: unknown) => {
      if (error instanceof TransportError && error.reason === 'gone') this.#give(error.message)
      throw error
    })
    if (reply.sense !== undefined && isMediumChange(reply.sense)) {
      this.#settling ??= this.#settle()
      await this.#settling
    }
    this.#refuseIfLost(false)
    return reply
  }

  async #settle(): Promise<void> {
    // Rejects never, and if it does, nothing is settled.
    const why = await this.#watch.lostAfterNotice().catch((error: unknown) => String(error))
    this.#settling = undefined
    if (why !== undefined) this.#give(why)
  }

  listen(listener: Listener): void {
    this.#drive.listen(listener)
  }

  close(): Promise<void> {
    return this.#drive.close()
  }

  #refuseIfLost(look: boolean): void {
    if (look) this.look()
    if (this.#why !== undefined) throw new TransportError('gone', this.#why)
  }
}
