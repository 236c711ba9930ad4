// The handshake: which export, told what about it. Fixed newstyle with simple replies only.
import { type Export, takesTrim } from './export.ts'
import {
  decodeInfoRequest,
  decodeOptionHeader,
  type ExportInfo,
  encodeBlockSizeInfo,
  encodeExportInfo,
  encodeExportNameReply,
  encodeListEntry,
  encodeOptionReply,
  greeting,
  handshakeFlag,
  option,
  optionReply,
  size,
  transmissionFlag,
} from './protocol.ts'
import type { Wire } from './wire.ts'

/** ms that a client has for each step. The socket is local. */
const stepMs = 10_000
/** Bytes of an option that are looked at; no option that we know needs as much. */
const longestOption = 65_536
/** Options a client may send before it decides. */
const mostOptions = 64
/** Largest request advertised, bytes (the usual default of servers). */
const maximumBytes = 32 * 1024 * 1024

/** What a client is told of an export. */
const describe = (of: Export): ExportInfo => ({
  sizeBytes: of.sizeBytes,
  transmissionFlags:
    transmissionFlag.hasFlags |
    transmissionFlag.flush |
    transmissionFlag.fua |
    transmissionFlag.rotational |
    (of.readOnly ? transmissionFlag.readOnly : 0) |
    (takesTrim(of) ? transmissionFlag.trim : 0),
  minimumBytes: of.blockSize,
  preferredBytes: of.preferredBytes,
  maximumBytes,
})

export interface Offer {
  /** Name of the one export; the empty name means it too. */
  name: string
  export: Export
  /** Asked when a client decides for the export. False: somebody else has it, and the client is told so. */
  take(): boolean
}

/**
 * Carries the handshake through. Gives true when the client has the export now, false when it left or was refused.
 * Rejects with WireClosed when the connection ends.
 */
export async function shakeHands(wire: Wire, offer: Offer): Promise<boolean> {
  await wire.write([greeting()], stepMs)
  const flags = (await wire.read(size.clientFlags, stepMs)).readUInt32BE(0)
  // Flags that we did not offer: the client is no NBD client.
  if ((flags & ~(handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes)) !== 0) return false
  const noZeroes = (flags & handshakeFlag.noZeroes) !== 0
  for (let options = 0; options < mostOptions; options++) {
    const header = decodeOptionHeader(await wire.read(size.optionHeader, stepMs))
    if (header === undefined) return false
    const reply = (type: number, data?: Buffer) =>
      wire.write([encodeOptionReply(header.option, type, data)], stepMs)
    if (header.length > longestOption) {
      if (header.option === option.exportName) return false
      await wire.skip(header.length, stepMs)
      await reply(optionReply.tooBig, Buffer.from('that is too long'))
      continue
    }
    const data = await wire.read(header.length, stepMs)
    switch (header.option) {
      case option.exportName:
        // The old way cannot be answered with an error, only by hanging up.
        if (!isOurs(data.toString('utf8'), offer) || !offer.take()) return false
        await wire.write([encodeExportNameReply(describe(offer.export), noZeroes)], stepMs)
        return true
      case option.abort:
        await reply(optionReply.ack)
        return false
      case option.list:
        if (data.length > 0) await reply(optionReply.invalid)
        else {
          await reply(optionReply.server, encodeListEntry(offer.name))
          await reply(optionReply.ack)
        }
        break
      case option.info:
      case option.go:
        if (await decide(header.option === option.go, data, offer, reply)) return true
        break
      default:
        await reply(optionReply.unsupported)
    }
  }
  return false
}

const isOurs = (name: string, offer: Offer): boolean => name === '' || name === offer.name

/** NBD_OPT_INFO and NBD_OPT_GO. True when the client has the export now. */
async function decide(
  go: boolean,
  data: Buffer,
  offer: Offer,
  reply: (type: number, data?: Buffer) => Promise<void>,
): Promise<boolean> {
  const request = decodeInfoRequest(data)
  if (request === undefined) await reply(optionReply.invalid, Buffer.from('malformed'))
  else if (!isOurs(request.name, offer)) {
    await reply(optionReply.unknown, Buffer.from(`there is one export, "${offer.name}"`))
  } else if (go && !offer.take()) {
    await reply(optionReply.policy, Buffer.from('another client has the disc'))
  } else {
    await reply(optionReply.info, encodeExportInfo(describe(offer.export)))
    await reply(optionReply.info, encodeBlockSizeInfo(describe(offer.export)))
    await reply(optionReply.ack)
    return go
  }
  return false
}
