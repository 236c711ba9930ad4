// A connection to the engine that becomes the kernel's: handshake here, everything after it there.
import { connect, type Socket } from 'node:net'
import { type Conversation, joinExport } from '../nbd/join.ts'

/** ms for the whole handshake; the engine may have a long request to finish before it answers. */
const patience = 60_000

export interface Connection {
  /** The descriptor. Nothing reads from it here any more. */
  fd: number
  /** Bytes of the export. */
  sizeBytes: number
  /** Closes our descriptor; the kernel's own hold on the socket remains. */
  close(): void
}

/**
 * Connects to `path` and joins the export `name`. Rejects with what the system or the engine said, or when it takes too long.
 */
export async function connectToExport(path: string, name: string): Promise<Connection> {
  let inbox = Buffer.alloc(0)
  let wanted = 0
  let deliver: ((bytes: Buffer) => void) | undefined
  const look = (): boolean => {
    if (deliver === undefined || inbox.length < wanted) return true
    const bytes = inbox.subarray(0, wanted)
    inbox = inbox.subarray(wanted)
    deliver(bytes)
    deliver = undefined
    return true
  }
  // A buffer of our own: only then does pause() stop reading at once, and not when 64 KiB were taken.
  const socket: Socket = connect({
    path,
    onread: {
      buffer: Buffer.alloc(4096),
      callback: (length, buffer) => {
        inbox = Buffer.concat([inbox, buffer.subarray(0, length)])
        return look()
      },
    },
  })
  const ended = new Promise<never>((_, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the engine closed the connection')))
    socket.setTimeout(patience, () => reject(new Error('the engine does not answer')))
  })
  ended.catch(() => undefined)
  const server: Conversation = {
    read: (length) =>
      new Promise((resolve) => {
        wanted = length
        deliver = resolve
        look()
      }),
    write: (bytes) => void socket.write(bytes),
  }
  try {
    const sizeBytes = await Promise.race([joinExport(server, name), ended])
    socket.pause()
    socket.setTimeout(0)
    if (inbox.length > 0) throw new Error('the engine sends what nobody asked for')
    return { fd: descriptorOf(socket), sizeBytes, close: () => void socket.destroy() }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** Node does not document it; without it no socket of its own could be handed on. */
function descriptorOf(socket: Socket): number {
  const { fd } = (socket as Socket & { _handle?: { fd?: number } })._handle ?? {}
  if (fd === undefined || fd < 0)
    throw new Error('this version of Node.js does not tell the descriptor of a socket')
  return fd
}
