// The transmission phase: one request read, carried out and answered after the other. What the client sends meanwhile
// waits in the socket, which is what keeps memory bounded.
import { type Export, errnoOf } from './export.ts'
import { command, commandFlag, decodeRequest, encodeReply, type Request, size } from './protocol.ts'
import type { Wire } from './wire.ts'

/** ms that the client has for what it owes in the middle of a request, and to take a reply. */
const clientMs = 60_000
/** Bytes of one request at the most. The kernel sends 4 MiB, whatever it was told. */
const longestRequest = 64 * 1024 * 1024
const EINVAL = 22

/**
 * Serves requests until the client says goodbye (returns) or breaks off (rejects with WireClosed) or sends what is
 * no request (returns). Failures of the export are told to the client and end nothing.
 */
export async function serveRequests(wire: Wire, disc: Export): Promise<void> {
  for (;;) {
    const request = decodeRequest(await wire.read(size.requestHeader))
    if (request === undefined || request.type === command.disconnect) return
    const { error, data } = await carryOut(request, wire, disc)
    await wire.write([encodeReply(request.handle, error), ...data], clientMs)
  }
}

interface Result {
  /** errno, 0 for none. */
  error: number
  data: readonly Buffer[]
}

const refused: Result = { error: EINVAL, data: [] }
const done: Result = { error: 0, data: [] }

async function carryOut(request: Request, wire: Wire, disc: Export): Promise<Result> {
  const payload = await payloadOf(request, wire)
  if (payload === undefined || !isValid(request, disc)) return refused
  try {
    switch (request.type) {
      case command.read:
        return { error: 0, data: await disc.read(request.offset, request.length) }
      case command.write:
        await disc.write(request.offset, payload, (request.flags & commandFlag.fua) !== 0)
        return done
      case command.flush:
        await disc.flush()
        return done
      default:
        return refused
    }
  } catch (error) {
    return { error: errnoOf(error), data: [] }
  }
}

/** What a WRITE brings along, taken off the wire in any case; undefined when it is longer than we take. */
async function payloadOf(request: Request, wire: Wire): Promise<Buffer | undefined> {
  if (request.type !== command.write) return Buffer.alloc(0)
  if (request.length <= longestRequest) return wire.read(request.length, clientMs)
  await wire.skip(request.length, clientMs)
  return undefined
}

/**
 * FUA may stand on any command and means something on WRITE only; other flags were not offered. A flush is never
 * refused for its reserved fields.
 */
function isValid({ flags, type, offset, length }: Request, disc: Export): boolean {
  if ((flags & ~commandFlag.fua) !== 0) return false
  if (type === command.flush) return true
  return length <= longestRequest && offset % disc.blockSize === 0 && length % disc.blockSize === 0
}
