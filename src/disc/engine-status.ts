// What a running engine tells anybody who asks: one JSON object on status.sock. An engine that does not answer is neither clean nor dirty.
import { createConnection } from 'node:net'
import path from 'node:path'
import type { EngineStatus, StandByStatus } from '../packet/status.ts'
import type { System } from '../system/system.ts'

/** ms for the whole answer. */
const patience = 1000
/** Bytes of an answer at the most. */
const longestAnswer = 65_536
/** ms until a socket is tried again whose queue of connections is full. */
const tryAgain = 20

/** What was heard from whoever serves a disc: exactly one of these. */
export type Heard =
  | { engine: EngineStatus; standBy?: never; silence?: never }
  /** The kernel writes the disc, and does not say how much is left. */
  | { standBy: StandByStatus; engine?: never; silence?: never }
  /** Nothing that is understood, and why: what is left to write is not known. */
  | { silence: string; engine?: never; standBy?: never }

/** Rejects with why there is no answer. */
function askSocket(socket: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    const connection = createConnection(socket)
    const end = (): void => {
      clearTimeout(timer)
      connection.destroy()
    }
    const fail = (why: Error): void => {
      end()
      reject(why)
    }
    const timer = setTimeout(() => fail(new Error(`no answer within ${patience / 1000} s`)), timeoutMs)
    connection.on('error', fail)
    connection.on('data', (part) => {
      parts.push(part)
      length += part.length
      if (length > longestAnswer) fail(new Error('the answer is too long'))
    })
    connection.on('end', () => {
      end()
      resolve(Buffer.concat(parts).toString('utf8'))
    })
  })
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code

/** The same, and again while so many ask that the socket's queue is full. */
async function askPatiently(socket: string): Promise<string> {
  const until = performance.now() + patience
  for (;;) {
    try {
      return await askSocket(socket, Math.max(1, until - performance.now()))
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN' || performance.now() + tryAgain >= until) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, tryAgain))
  }
}

function whyOf(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'it is not running'
  return error instanceof Error ? error.message : String(error)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** It has what every engine tells since the first. What came later is optional in the type. */
function isEngineStatus(value: unknown): value is EngineStatus {
  if (!isObject(value) || !isObject(value.stats) || !isObject(value.stats.requests)) return false
  const { drive, state, medium, packetBlocks, blocks, startedAt, stats } = value
  return (
    [drive, state, medium].every((v) => typeof v === 'string') &&
    [packetBlocks, blocks, startedAt, stats.packetsWritten, stats.dirty, stats.errors].every(Number.isFinite)
  )
}

const isStandByStatus = (value: unknown): value is StandByStatus =>
  isObject(value) &&
  (value.backend === 'direct' || value.backend === 'pktcdvd') &&
  typeof value.state === 'string' &&
  Number.isFinite(value.startedAt)

/** Asks the engine of a drive. Never rejects. */
export async function hearEngine(system: System, drive: string): Promise<Heard> {
  try {
    const text = await askPatiently(path.join(system.root, 'run/pktw', drive, 'status.sock'))
    const answer: unknown = JSON.parse(text)
    if (isEngineStatus(answer)) return { engine: answer }
    if (isStandByStatus(answer)) return { standBy: answer }
    return { silence: 'its answer is not understood' }
  } catch (error) {
    return { silence: error instanceof SyntaxError ? 'its answer is not understood' : whyOf(error) }
  }
}

/** The status of the drive's engine; undefined when none runs, it does not answer, or the kernel writes the disc. */
export async function engineStatus(system: System, drive: string): Promise<EngineStatus | undefined> {
  return (await hearEngine(system, drive)).engine
}

/** Packets that the engine has still to write; undefined when it does not say. */
export async function packetsLeft(system: System, drive: string): Promise<number | undefined> {
  return (await engineStatus(system, drive))?.stats.dirty
}

/** Bytes that are not on the medium yet. */
export const bytesLeft = ({ stats, packetBlocks }: EngineStatus): number => stats.dirty * packetBlocks * 2048
