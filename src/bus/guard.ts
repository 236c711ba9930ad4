// Anybody on the system bus may send us a message, and dbus-next reads all of it before anybody looks at it: 30 MiB of tiny
// values would be gigabytes of objects, and a file descriptor that is none ends the program. What is too long or cannot be
// read comes through without its body, marked.
import type { Duplex } from 'node:stream'

/** In the flags of a message that came without its body: a bit that D-Bus does not use. */
export const bodyRefused = 0x80

const methodCall = 1
const signal = 4

/** Bytes. What we are asked has a few words in it; what we asked for may be long. */
const longestField = 64 * 1024
const longestBody = (type: number): number =>
  type === methodCall || type === signal ? 64 * 1024 : 16 * 1024 * 1024

const headerBytes = 16

interface Lengths {
  fields: number
  body: number
}

function lengthsOf(header: Buffer): Lengths {
  const little = header[0] === 0x6c
  const word = (at: number): number => (little ? header.readUInt32LE(at) : header.readUInt32BE(at))
  return { fields: Math.ceil(word(12) / 8) * 8, body: word(4) }
}

/** The header of the same message without a body, marked. */
function withoutBody(header: Buffer): Buffer {
  const bare = Buffer.from(header)
  bare.writeUInt32LE(0, 4)
  bare[2] = (bare[2] ?? 0) | bodyRefused
  return bare
}

/**
 * Stands between the stream and dbus-next, which reads 16 bytes of header and then the rest of the message, in turns. To be
 * called before the first message is read.
 */
export function guard(stream: Duplex): void {
  const read = stream.read.bind(stream) as (size?: number) => Buffer | null
  /** Bytes to be dropped before the next header, and those after the rest of this message. */
  let skip = 0
  let skipLater = 0
  let inRest = false
  let last: { header: Buffer; rest?: Buffer; again: boolean } | undefined
  /** A message that is handed over once more, without its body. */
  let again: { header: Buffer; rest: Buffer } | undefined

  const dropped = (): boolean => {
    while (skip > 0) {
      const part = read(Math.min(skip, stream.readableLength || 1))
      if (part === null) return false
      skip -= part.length
    }
    return true
  }

  const nextHeader = (): Buffer | null => {
    if (again !== undefined) {
      last = { header: again.header, again: true }
      inRest = true
      return again.header
    }
    for (;;) {
      if (!dropped()) return null
      const header = read(headerBytes)
      if (header === null || header.length < headerBytes) return null
      const { fields, body } = lengthsOf(header)
      if (fields > longestField) {
        skip = fields + body
        continue
      }
      const tooLong = body > longestBody(header[1] ?? 0)
      skipLater = tooLong ? body : 0
      const given = tooLong ? withoutBody(header) : header
      last = { header: given, again: false }
      inRest = true
      return given
    }
  }

  const restOf = (size: number): Buffer | null => {
    const rest = again === undefined ? read(size) : again.rest
    if (rest === null) return null
    again = undefined
    inRest = false
    skip = skipLater
    skipLater = 0
    if (last !== undefined) last.rest = rest
    return rest
  }

  stream.read = (size?: number) => (size === undefined ? read() : inRest ? restOf(size) : nextHeader())

  /** What was read last made the reader throw. */
  const refuse = (): void => {
    if (last?.rest === undefined || last.again) return
    const { fields } = lengthsOf(last.header)
    again = { header: withoutBody(last.header), rest: last.rest.subarray(0, fields) }
  }

  // dbus-next begins to listen right after it has told that it is connected.
  queueMicrotask(() => {
    const [reader] = stream.listeners('readable')
    if (reader === undefined) return
    stream.prependListener('readable', () => {
      for (;;)
        try {
          reader.call(stream)
          return
        } catch {
          refuse()
        }
    })
    stream.removeListener('readable', reader as () => void)
  })
}
