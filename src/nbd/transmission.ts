// The transmission phase: requests are started in the order in which they come, run side by side, and are answered
// as they end. What exceeds the budget waits in the socket, which is what keeps memory bounded.
import { Budget, type Limits } from './budget.ts'
import { type Export, errnoOf, takesTrim } from './export.ts'
import { Payloads } from './payloads.ts'
import { command, commandFlag, decodeRequest, encodeReply, type Request, size } from './protocol.ts'
import { Replies } from './replies.ts'
import type { Wire } from './wire.ts'

/** ms that the client has for what it owes in the middle of a request, and to take a reply. */
const clientMs = 60_000
/** Bytes of one request at the most. The kernel sends 4 MiB, whatever it was told, until attach holds it to less. */
const longestRequest = 64 * 1024 * 1024
/**
 * 128 requests is the queue of the kernel's client, so it never waits for their number. 2 MiB are eight of the
 * largest that attach lets it send, and they are in the cache, and the memory free again, as soon as the journal has them: more would gain nothing.
 */
const underWay: Limits = { bytes: 2 * 1024 * 1024, requests: 128 }

const errno = { EIO: 5, EINVAL: 22 }

/**
 * Serves requests until the client says goodbye (returns) or breaks off (rejects with WireClosed) or sends what is
 * no request (returns); in each case when the requests under way have ended. Failures of the export are told to the
 * client and end nothing.
 */
export async function serveRequests(wire: Wire, disc: Export): Promise<void> {
  const budget = new Budget(underWay)
  const payloads = new Payloads(underWay.bytes)
  const replies = new Replies(wire, clientMs)
  try {
    for (;;) {
      const request = decodeRequest(await wire.read(size.requestHeader))
      if (request === undefined || request.type === command.disconnect) return
      const bytes = bytesHeld(request)
      await budget.reserve(bytes)
      const taken = () => budget.release(bytes)
      const payload = await payloadOf(request, wire, payloads).catch((error) => {
        taken()
        throw error
      })
      // Not awaited, but started: the export sees requests in the order in which the client sent them.
      void carryOut(request, payload, disc).then(({ error, data }) => {
        if (request.type === command.write && payload !== undefined) payloads.give(payload)
        replies.send({ pieces: [encodeReply(request.handle, error), ...data], taken })
      })
    }
  } finally {
    await budget.empty()
  }
}

/** What a request keeps in memory until its answer is taken, bytes. */
const bytesHeld = ({ type, length }: Request): number =>
  (type === command.read || type === command.write) && length <= longestRequest ? length : 0

interface Result {
  /** errno, 0 for none. */
  error: number
  data: readonly Buffer[]
}

const failed = (error: number): Result => ({ error, data: [] })
const done: Result = { error: 0, data: [] }

/** Calls the export before it returns. Never rejects. */
async function carryOut(request: Request, payload: Buffer | undefined, disc: Export): Promise<Result> {
  const { type, offset, length } = request
  if (payload === undefined || !isValid(request, disc)) return failed(errno.EINVAL)
  const fua = (request.flags & commandFlag.fua) !== 0
  try {
    switch (type) {
      case command.read:
        return checked(await disc.read(offset, length), length)
      case command.write:
        await disc.write(offset, payload, fua)
        return done
      case command.flush:
        await disc.flush()
        return done
      case command.trim:
        await disc.trim?.(offset, length)
        // What is read from there afterwards is undefined, but that it is no longer needed may be asked to last.
        if (fua) await disc.flush()
        return done
      default:
        return failed(errno.EINVAL)
    }
  } catch (error) {
    return failed(errnoOf(error))
  }
}

/** Data of any other length than asked for would make the client take its bytes for replies. */
function checked(data: readonly Buffer[], length: number): Result {
  const given = data.reduce((sum, piece) => sum + piece.length, 0)
  return given === length ? { error: 0, data } : failed(errno.EIO)
}

/**
 * What a WRITE brings along, taken off the wire in any case; undefined when it is longer than we take. Of other
 * requests nothing is read, which still rejects when the wire was closed while they waited for the budget.
 */
async function payloadOf(
  { type, length }: Request,
  wire: Wire,
  payloads: Payloads,
): Promise<Buffer | undefined> {
  if (type !== command.write) return wire.read(0)
  if (length <= longestRequest) {
    const payload = payloads.take(length)
    await wire.fill(payload, clientMs)
    return payload
  }
  await wire.skip(length, clientMs)
  return undefined
}

/**
 * FUA may stand on any command and means something on WRITE and TRIM; other flags were not offered. A flush is never
 * refused for its reserved fields. A TRIM moves no data, so it may be as long as the disc.
 */
function isValid({ flags, type, offset, length }: Request, disc: Export): boolean {
  if ((flags & ~commandFlag.fua) !== 0) return false
  if (type === command.flush) return true
  if (offset % disc.blockSize !== 0 || length % disc.blockSize !== 0) return false
  return type === command.trim ? takesTrim(disc) : length <= longestRequest
}
