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
  readonly #timeoutMs: number
  #asked = false
  /** The drive has no such events: then the button can only be replaced by `pktw eject`. */
  unsupported = false

  constructor(transport: Transport, policy: Policy, timeoutMs = behindWritesMs) {
    this.#transport = transport
    this.#policy = policy
    this.#timeoutMs = timeoutMs
  }

  /** Asks once. An event that was waiting before the first time is told only if it is the button. Rejects with TransportError. */
  async next(): Promise<'none' | 'button' | 'disc gone' | 'no answer'> {
    if (this.unsupported) return 'no answer'
    const reply = await run(
      this.#transport,
      { ...getMediaEvent(), timeoutMs: this.#timeoutMs },
      this.#policy,
    ).catch((error: unknown) => {
      if (!(error instanceof DriveError)) throw error
      return undefined
    })
    const told = reply && decodeMediaEvent(reply)
    if (told === undefined) {
      this.unsupported = !this.#asked
      return 'no answer'
    }
    const first = !this.#asked
    this.#asked = true
    if (told.event === 'eject-request') return 'button'
    if (first) return 'none'
    const went = !told.present || ['removal', 'new-media', 'changed'].includes(told.event)
    return went ? 'disc gone' : 'none'
  }

  /** Whether the disc was changed since it was last asked. A press of the button takes the place of whatever was before it. */
  async changed(): Promise<'changed' | 'unchanged' | 'unknown'> {
    const event = await this.next().catch(() => undefined)
    if (event === 'disc gone') return 'changed'
    return event === 'none' ? 'unchanged' : 'unknown'
  }
}
