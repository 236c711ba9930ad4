// What the kernel knows of the disc in a drive: DISKSEQ, which it counts up when it notices a change of media.
import { mediaEvent } from './attention.ts'
import type { Drive } from './drive.ts'

const getEvent = Buffer.from('4a0100001000000008000000', 'hex')

export class Kernel {
  readonly #drive: Drive
  readonly #pollMs: number
  #count: number
  #polledAt: number

  /** `pollMs`: events_dfl_poll_msecs, ms of the drive's clock; 0: the kernel does not poll. `first`: DISKSEQ of what is in now. */
  constructor(drive: Drive, pollMs = 2000, first = 1) {
    this.#drive = drive
    this.#pollMs = pollMs
    this.look()
    this.#count = first
    this.#polledAt = drive.clock.now()
  }

  /** DISKSEQ as sysfs has it; undefined: the drive has gone. */
  diskseq = (): string | undefined => {
    if (!this.#drive.plugged) return undefined
    const now = this.#drive.clock.now()
    if (this.#pollMs > 0 && now - this.#polledAt >= this.#pollMs) {
      this.#polledAt = now - ((now - this.#polledAt) % this.#pollMs)
      this.look()
    }
    return String(this.#count)
  }

  /**
   * Asks the drive for its media event, as opening the device does. An event that another program has fetched before is not seen
   * (GET EVENT STATUS NOTIFICATION gives each once, MMC-6 §6.6).
   */
  look(): void {
    const event = (this.#drive.execute(getEvent, Buffer.alloc(0)).data[4] ?? 0) & 15
    if (event === mediaEvent.newMedia || event === mediaEvent.removal) this.#count++
  }
}
