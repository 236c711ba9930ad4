// What a drive tells of earlier commands. It tells it in the answer to whatever command comes next, often one that has nothing to do
// with writing, so everything that talks to the drive goes through here.
import { DriveError, isMediumChange, isNewParameters, isReset } from '../mmc/drive-command.ts'
import { commandName } from '../mmc/opcodes.ts'
import { type Command, type Reply, type Transport, TransportError } from '../mmc/transport.ts'

/**
 * `reset`: the drive began anew; its cache, its mode pages and the lock of its door may be gone. `medium`: the medium may have been out
 * of reach, and with it what was in the cache. `parameters`: mode pages are not what they were. `failed`: an earlier command failed.
 */
export type News = 'reset' | 'medium' | 'parameters' | 'failed'

/** Told at once, before whoever sent the command has its answer. */
export type Listener = (news: News, error: DriveError | TransportError) => void

/** A transport whose news can be listened to. */
export interface HeardTransport extends Transport {
  /** One listener; a later one takes the place of an earlier one. */
  listen(listener: Listener): void
}

/** What a reply says of commands before it (unit attention: SPC-5 §5.14; deferred errors: SPC-5 §4.4.7). */
function newsIn({ sense }: Reply): News | undefined {
  if (sense === undefined) return undefined
  if (isReset(sense)) return 'reset'
  if (isMediumChange(sense)) return 'medium'
  if (isNewParameters(sense)) return 'parameters'
  // A recovered error (1h) has done its work, late or not.
  return sense.deferred === true && sense.key > 0x01 ? 'failed' : undefined
}

/**
 * A lost answer and a timeout count as a reset. The kernel resets the drive then (scsi_error.c; usb-storage after every failed transfer),
 * and keeps the drive's 6/29 to itself, since it expects it.
 */
const isKernelsReset = ({ reason }: TransportError): boolean => reason === 'timeout' || reason === 'host'

/** The same drive; what its answers say of earlier commands is passed to the listener. */
export class AttentiveTransport implements HeardTransport {
  readonly device?: string
  readonly maxTransferBytes: number
  readonly #drive: Transport
  #listener: Listener = () => undefined

  constructor(drive: Transport) {
    this.#drive = drive
    this.maxTransferBytes = drive.maxTransferBytes
    if (drive.device !== undefined) this.device = drive.device
  }

  listen(listener: Listener): void {
    this.#listener = listener
  }

  async execute(command: Command): Promise<Reply> {
    const reply = await this.#drive.execute(command).catch((error: unknown) => {
      if (error instanceof TransportError && isKernelsReset(error)) this.#listener('reset', error)
      throw error
    })
    const news = newsIn(reply)
    if (news !== undefined) {
      const { status, sense } = reply
      this.#listener(news, new DriveError(commandName(command.cdb), this.device ?? 'drive', status, sense))
    }
    return reply
  }

  close(): Promise<void> {
    return this.#drive.close()
  }
}
