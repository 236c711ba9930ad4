// The client's side of the handshake: as much of it as handing a connection to the kernel takes.
import {
  decodeExportInfo,
  decodeGreeting,
  decodeOptionReply,
  encodeClientFlags,
  encodeGo,
  optionReply,
  size,
} from './protocol.ts'

/** Bytes of one reply to an option at the most: the server is not root, and not trusted with root's memory. */
const longestReply = 4096
/** Replies to NBD_OPT_GO before the last one. */
const mostReplies = 16

/** The server did not give us the export; the message says why. */
class JoinRefused extends Error {
  override name = 'JoinRefused'
}

/** What the handshake needs of a connection. */
export interface Conversation {
  /** The next `length` bytes, and not one more is taken off the socket. Rejects when they do not come. */
  read(length: number): Promise<Buffer>
  write(bytes: Buffer): void
}

/**
 * Asks for the export `name` with NBD_OPT_GO; gives its size in bytes. After that the connection is in the transmission
 * phase, and nothing of it was read. Rejects with JoinRefused when the server says no or talks nonsense.
 */
export async function joinExport(server: Conversation, name: string): Promise<number> {
  const flags = decodeGreeting(await server.read(size.greeting))
  if (flags === undefined) throw new JoinRefused('it does not talk NBD')
  server.write(Buffer.concat([encodeClientFlags(flags), encodeGo(name)]))
  let bytes: number | undefined
  for (let replies = 0; replies < mostReplies; replies++) {
    const reply = decodeOptionReply(await server.read(size.optionReplyHeader))
    if (reply === undefined || reply.length > longestReply) break
    const data = await server.read(reply.length)
    if (reply.type === optionReply.info) bytes = decodeExportInfo(data) ?? bytes
    else if (reply.type === optionReply.ack && bytes !== undefined) return bytes
    else throw new JoinRefused(data.toString('utf8') || `it answers ${reply.type.toString(16)}`)
  }
  throw new JoinRefused('it does not say what it serves')
}
