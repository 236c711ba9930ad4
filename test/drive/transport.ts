// The drive as a Transport, in process: what /dev/sgN with usb-storage behind it would do.
import {
  type Command,
  piecesOf,
  type Reply,
  type Transport,
  TransportError,
} from '../../src/mmc/transport.ts'
import type { Drive } from './drive.ts'
import type { Answer } from './execute.ts'

export interface TransportOptions {
  /** Default 120 KiB, as on USB 2. */
  maxTransferBytes?: number
  defaultTimeoutMs?: number
  /**
   * A reply that ends short: `cut` to what came, or `padded` to what was asked for with what is left over from the command before, as
   * the old interface of sg does, which does not report the length. Default `cut`.
   */
  shortReplies?: 'cut' | 'padded'
}

/**
 * Commands one after the other. A command that is not answered in time resets the drive, as the kernel does, and rejects
 * with 'timeout'; an unplugged drive rejects with 'gone'; too long a transfer with 'refused'.
 */
export function inProcess(drive: Drive, options: TransportOptions): Transport {
  const maxTransferBytes = options.maxTransferBytes ?? 120 * 1024
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false
  /** What the descriptor's own buffer holds; a longer transfer has new pages, filled with zeros (sg.c). */
  const kept = Buffer.alloc(32 * 1024)
  const { shortReplies = 'cut' } = options

  const replyOf = (answer: Answer, dataIn: number): Reply => {
    const reply: Reply = { status: answer.status, data: answer.data.subarray(0, dataIn) }
    const valid = answer.valid ?? reply.data.length
    const length = shortReplies === 'padded' && answer.status === 0 ? dataIn : reply.data.length
    if (valid < length) {
      const before = length > kept.length ? [] : [kept.subarray(valid, length)]
      reply.data = Buffer.concat([reply.data.subarray(0, valid), ...before], length)
    }
    if (reply.data.length <= kept.length) reply.data.copy(kept)
    // Sense that comes with GOOD is dropped, and the progress bytes are cut off: sg's version 2 interface does both.
    if (answer.status !== 0 && answer.sense) {
      const { progress: _, ...kept } = answer.sense
      reply.sense = kept
    }
    return reply
  }

  const one = (command: Command): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const sent = Buffer.concat(piecesOf(command))
      const length = Math.max(sent.length, command.dataIn ?? 0)
      if (closed) return reject(new TransportError('host', 'transport is closed'))
      if (!drive.plugged) return reject(new TransportError('gone', 'no such device'))
      if (![6, 10, 12].includes(command.cdb.length) || length > maxTransferBytes) {
        return reject(new TransportError('refused', `${command.cdb.length} bytes of CDB, ${length} of data`))
      }
      let settled = false
      const end = (then: () => void) => {
        if (settled) return
        settled = true
        offGone()
        stopTimer()
        then()
      }
      const offGone = drive.on('unplugged', () =>
        end(() => reject(new TransportError('gone', 'the device went away'))),
      )
      let cancel = () => {}
      const timeoutMs = command.timeoutMs ?? options.defaultTimeoutMs ?? 60_000
      const stopTimer = drive.clock.later(timeoutMs, () =>
        end(() => {
          cancel()
          drive.reset()
          reject(new TransportError('timeout', `no answer within ${timeoutMs} ms`))
        }),
      )
      if (sent.length <= kept.length) sent.copy(kept)
      cancel = drive.perform(Buffer.from(command.cdb), sent, (answer) =>
        end(() => resolve(replyOf(answer, command.dataIn ?? 0))),
      )
    })

  return {
    maxTransferBytes,
    execute(command) {
      const next = queue.then(() => one(command))
      queue = next.catch(() => undefined)
      return next
    },
    async close() {
      closed = true
    },
  }
}
