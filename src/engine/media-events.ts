// What the drive tells of its button and its disc, for as long as nobody else asks: the kernel does not poll a drive that is open for
// writing, as it is while a disc is mounted from it.
import { DriveError, type Policy, run } from '../mmc/drive-command.ts'
import { decodeMediaEvent, getMediaEvent } from '../mmc/events.ts'
import type { Transport } from '../mmc/transport.ts'

/** ms: it waits behind the kernel's own writes, each of which may take the drive a minute. */
const behindWritesMs = 120_000

export class MediaEvents {
  readonly #transport: Transport
  readonly #policy: Policy
  #asked = false
  /** The drive has no such events: then the button can only be replaced by `pktw eject`. */
  unsupported = false

  constructor(transport: Transport, policy: Policy) {
    this.#transport = transport
    this.#policy = policy
  }

  /** Asks once. An event that was waiting before the first time is told only if it is the button. Rejects with TransportError. */
  async next(): Promise<'none' | 'button' | 'disc gone'> {
    if (this.unsupported) return 'none'
    const reply = await run(
      this.#transport,
      { ...getMediaEvent(), timeoutMs: behindWritesMs },
      this.#policy,
    ).catch((error: unknown) => {
      if (!(error instanceof DriveError)) throw error
      return undefined
    })
    const told = reply && decodeMediaEvent(reply)
    if (told === undefined) {
      this.unsupported = !this.#asked
      return 'none'
    }
    const first = !this.#asked
    this.#asked = true
    if (told.event === 'eject-request') return 'button'
    if (first) return 'none'
    const went = !told.present || ['removal', 'new-media', 'changed'].includes(told.event)
    return went ? 'disc gone' : 'none'
  }
}
