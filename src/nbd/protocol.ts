// The NBD protocol as bytes (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md): fixed newstyle
// handshake, simple replies. All numbers big endian. Nothing here touches a socket.

const INIT_MAGIC = 0x4e42444d41474943n // NBDMAGIC
const OPTION_MAGIC = 0x49484156454f5054n // IHAVEOPT
const OPTION_REPLY_MAGIC = 0x0003e889045565a9n
const REQUEST_MAGIC = 0x25609513
const SIMPLE_REPLY_MAGIC = 0x67446698

export const handshakeFlag = { fixedNewstyle: 1, noZeroes: 2 } as const
export const option = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const
export const optionReply = {
  ack: 1,
  server: 2,
  info: 3,
  unsupported: 0x8000_0001,
  policy: 0x8000_0002,
  invalid: 0x8000_0003,
  unknown: 0x8000_0006,
  tooBig: 0x8000_0009,
} as const
const info = { export: 0, name: 1, description: 2, blockSize: 3 } as const
export const transmissionFlag = {
  hasFlags: 1,
  readOnly: 2,
  flush: 4,
  fua: 8,
  rotational: 16,
  trim: 32,
} as const
export const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 } as const
export const commandFlag = { fua: 1 } as const

/** Bytes of the fixed parts of what the client sends. */
export const size = { clientFlags: 4, optionHeader: 16, requestHeader: 28 } as const

/** What the server says first. */
export function greeting(): Buffer {
  const out = Buffer.alloc(18)
  out.writeBigUInt64BE(INIT_MAGIC, 0)
  out.writeBigUInt64BE(OPTION_MAGIC, 8)
  out.writeUInt16BE(handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes, 16)
  return out
}

/** Header of an option: which, and how many bytes of data follow. Undefined when the magic is wrong. */
export function decodeOptionHeader(bytes: Buffer): { option: number; length: number } | undefined {
  if (bytes.readBigUInt64BE(0) !== OPTION_MAGIC) return undefined
  return { option: bytes.readUInt32BE(8), length: bytes.readUInt32BE(12) }
}

export function encodeOptionReply(to: number, type: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(20)
  head.writeBigUInt64BE(OPTION_REPLY_MAGIC, 0)
  head.writeUInt32BE(to, 8)
  head.writeUInt32BE(type, 12)
  head.writeUInt32BE(data.length, 16)
  return Buffer.concat([head, data])
}

/** Data of NBD_OPT_INFO and NBD_OPT_GO. Undefined when lengths do not add up. */
export function decodeInfoRequest(data: Buffer): { name: string; wanted: number[] } | undefined {
  if (data.length < 6) return undefined
  const nameLength = data.readUInt32BE(0)
  if (nameLength > data.length - 6) return undefined
  const count = data.readUInt16BE(4 + nameLength)
  if (data.length !== 6 + nameLength + 2 * count) return undefined
  const wanted = Array.from({ length: count }, (_, i) => data.readUInt16BE(6 + nameLength + 2 * i))
  return { name: data.toString('utf8', 4, 4 + nameLength), wanted }
}

/** Data of an NBD_REP_SERVER reply: one export's name. */
export function encodeListEntry(name: string): Buffer {
  const text = Buffer.from(name, 'utf8')
  const out = Buffer.alloc(4 + text.length)
  out.writeUInt32BE(text.length, 0)
  text.copy(out, 4)
  return out
}

export interface ExportInfo {
  sizeBytes: number
  transmissionFlags: number
  minimumBytes: number
  preferredBytes: number
  maximumBytes: number
}

/** NBD_INFO_EXPORT: size and transmission flags. */
export function encodeExportInfo(of: ExportInfo): Buffer {
  const out = Buffer.alloc(12)
  out.writeUInt16BE(info.export, 0)
  out.writeBigUInt64BE(BigInt(of.sizeBytes), 2)
  out.writeUInt16BE(of.transmissionFlags, 10)
  return out
}

/** NBD_INFO_BLOCK_SIZE. The kernel does not keep to the maximum. */
export function encodeBlockSizeInfo(of: ExportInfo): Buffer {
  const out = Buffer.alloc(14)
  out.writeUInt16BE(info.blockSize, 0)
  out.writeUInt32BE(of.minimumBytes, 2)
  out.writeUInt32BE(of.preferredBytes, 6)
  out.writeUInt32BE(of.maximumBytes, 10)
  return out
}

/** Answer to NBD_OPT_EXPORT_NAME, which has no header of its own. */
export function encodeExportNameReply(of: ExportInfo, noZeroes: boolean): Buffer {
  const out = Buffer.alloc(noZeroes ? 10 : 134)
  out.writeBigUInt64BE(BigInt(of.sizeBytes), 0)
  out.writeUInt16BE(of.transmissionFlags, 8)
  return out
}

export interface Request {
  flags: number
  type: number
  /** Sent back as it came. */
  handle: bigint
  /** Bytes; above 2^53 it is no longer exact, and past the end of any disc. */
  offset: number
  /** Bytes. */
  length: number
}

/** Header of a request in the transmission phase. Undefined when the magic is wrong. */
export function decodeRequest(bytes: Buffer): Request | undefined {
  if (bytes.readUInt32BE(0) !== REQUEST_MAGIC) return undefined
  return {
    flags: bytes.readUInt16BE(4),
    type: bytes.readUInt16BE(6),
    handle: bytes.readBigUInt64BE(8),
    offset: Number(bytes.readBigUInt64BE(16)),
    length: bytes.readUInt32BE(24),
  }
}

/** Header of a reply; for a READ without error the data follows. `error` is an errno, 0 for none. */
export function encodeReply(handle: bigint, error: number): Buffer {
  const out = Buffer.alloc(16)
  out.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0)
  out.writeUInt32BE(error, 4)
  out.writeBigUInt64BE(handle, 8)
  return out
}
