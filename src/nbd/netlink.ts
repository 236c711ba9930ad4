// Generic netlink as bytes (netlink(7), include/uapi/linux/{netlink,genetlink,nbd-netlink}.h): what nbd-client(8) cannot
// ask of the kernel's NBD client. Numbers are in the machine's own byte order. Nothing here touches a socket.

const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** The family that knows the numbers of the others. */
const controlFamily = 0x10
const getFamily = 3
const familyId = 1
const familyName = 2

const nbdVersion = 1
const reconfigureCommand = 3
const attribute = {
  index: 1,
  timeout: 4,
  sockets: 7,
  deadConnectionTimeout: 8,
  backendIdentifier: 10,
} as const
const socketItem = 1
const socketFd = 1

const nested = 0x8000
const typeMask = 0x3fff
const flagRequest = 1
const flagAck = 4
const errorMessage = 2
const messageHeader = 16
const genericHeader = 4
const attributeHeader = 4

const padded = (length: number): number => (length + 3) & ~3
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function encodeAttribute(type: number, value: Uint8Array): Buffer {
  const out = Buffer.alloc(padded(attributeHeader + value.length))
  viewOf(out).setUint16(0, attributeHeader + value.length, little)
  viewOf(out).setUint16(2, type, little)
  out.set(value, attributeHeader)
  return out
}

const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4)
  viewOf(out).setUint32(0, value, little)
  return out
}
const u64 = (value: number): Buffer => {
  const out = Buffer.alloc(8)
  viewOf(out).setBigUint64(0, BigInt(value), little)
  return out
}
const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'utf8')

interface Message {
  family: number
  flags: number
  sequence: number
  command: number
  version: number
  attributes: readonly Buffer[]
}

function encodeMessage(message: Message): Buffer {
  const head = Buffer.alloc(messageHeader + genericHeader)
  const body = Buffer.concat([head, ...message.attributes])
  const view = viewOf(body)
  view.setUint32(0, body.length, little)
  view.setUint16(4, message.family, little)
  view.setUint16(6, message.flags, little)
  view.setUint32(8, message.sequence, little)
  view.setUint8(messageHeader, message.command)
  view.setUint8(messageHeader + 1, message.version)
  return body
}

/** Asks for the number of the family `name`, which differs from boot to boot. */
export const encodeGetFamily = (name: string, sequence: number): Buffer =>
  encodeMessage({
    family: controlFamily,
    flags: flagRequest,
    sequence,
    command: getFamily,
    version: 1,
    attributes: [encodeAttribute(familyName, text(name))],
  })

export interface Reconfiguration {
  /** N of nbdN. */
  index: number
  /** s until an unanswered request cuts the connection; 0: never. */
  timeoutSeconds: number
  /** s that requests wait for a new connection when there is none; after that they fail. */
  deadConnectionSeconds: number
  /** What was said at the connect, when something was: without the same again the kernel refuses. */
  backendIdentifier?: string
  /** A socket of the caller's that has the NBD handshake behind it, for the connection that is dead. */
  socket?: number
}

/**
 * NBD_CMD_RECONFIGURE. The kernel says no error when it had no use for the socket, because the connection before is
 * not dead.
 */
export const encodeReconfigure = (family: number, to: Reconfiguration, sequence: number): Buffer =>
  encodeMessage({
    family,
    flags: flagRequest | flagAck,
    sequence,
    command: reconfigureCommand,
    version: nbdVersion,
    attributes: [
      encodeAttribute(attribute.index, u32(to.index)),
      encodeAttribute(attribute.timeout, u64(to.timeoutSeconds)),
      encodeAttribute(attribute.deadConnectionTimeout, u64(to.deadConnectionSeconds)),
      ...(to.backendIdentifier === undefined
        ? []
        : [encodeAttribute(attribute.backendIdentifier, text(to.backendIdentifier))]),
      ...(to.socket === undefined
        ? []
        : [
            encodeAttribute(
              attribute.sockets | nested,
              encodeAttribute(socketItem | nested, encodeAttribute(socketFd, u32(to.socket))),
            ),
          ]),
    ],
  })

export interface Answer {
  sequence: number
  /** errno, 0 for an acknowledgement; undefined when it is data. */
  error: number | undefined
  /** By type; of data only. */
  attributes: ReadonlyMap<number, Buffer>
}

/** The messages of one datagram. What is cut short is left out. */
export function decodeAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = []
  for (let at = 0; at + messageHeader <= bytes.length; ) {
    const view = viewOf(bytes.subarray(at))
    const length = view.getUint32(0, little)
    if (length < messageHeader + 4 || at + length > bytes.length) break
    const sequence = view.getUint32(8, little)
    if (view.getUint16(4, little) === errorMessage) {
      answers.push({ sequence, error: -view.getInt32(messageHeader, little) || 0, attributes: new Map() })
    } else {
      const attributes = decodeAttributes(bytes.subarray(at + messageHeader + genericHeader, at + length))
      answers.push({ sequence, error: undefined, attributes })
    }
    at += padded(length)
  }
  return answers
}

function decodeAttributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = 0; at + attributeHeader <= bytes.length; ) {
    const view = viewOf(bytes.subarray(at))
    const length = view.getUint16(0, little)
    if (length < attributeHeader || at + length > bytes.length) break
    found.set(view.getUint16(2, little) & typeMask, bytes.subarray(at + attributeHeader, at + length))
    at += padded(length)
  }
  return found
}

/** The number that an answer to encodeGetFamily tells; undefined when it tells none. */
export function familyOf(answer: Answer): number | undefined {
  const value = answer.attributes.get(familyId)
  return value === undefined || value.length < 2 ? undefined : viewOf(value).getUint16(0, little)
}
