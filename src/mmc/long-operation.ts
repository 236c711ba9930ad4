// Waiting for what takes a drive minutes or hours (BLANK, FORMAT UNIT with IMMED). Meanwhile nothing is sent but TEST UNIT READY and
// REQUEST SENSE: on some drives any other command breaks a running format.
import type { Clock } from './clock.ts'
import { isMediumChange, isNoMedium, isNotReadyYet } from './drive-command.ts'
import { decodeSense, type Sense } from './sense.ts'
import { type Transport, TransportError } from './transport.ts'
import { requestSense, testUnitReady } from './unit-control.ts'

/** How it ended. `failed` has the drive's sense, `gone` and `silent` the transport's words. */
export type OperationEnd =
  | { how: 'done' /** The drive said meanwhile that the disc may be another one. */; mediumChange: boolean }
  | { how: 'cancelled' }
  | { how: 'no-medium' }
  | { how: 'too-long' }
  | { how: 'failed'; sense: Sense | undefined }
  | { how: 'gone' | 'silent'; error: string }

export interface WaitOptions {
  clock: Clock
  signal?: AbortSignal | undefined
  /** ms until it counts as hung. */
  limitMs: number
  /** Called after each look; 0..1, undefined when the drive does not tell. A hint only: drives tell 1 % from begin to end. */
  tell(progress: number | undefined): void | Promise<void>
}

/** ms between two looks: in the first minute, and then. */
const pauseMs = 1000
const laterPauseMs = 5000
const firstMs = 60_000
/** Looks in a row without an answer until the drive is given up. Each takes the kernel a minute. */
const mostSilent = 5
/** ms for a command that the drive holds back while it works; the kernel gives up after 60 s by itself. */
export const patientMs = 70_000

/** What the drive says of its progress: asked for, because sg's interface cuts it off. Undefined when it does not tell. */
export async function progressOf(transport: Transport): Promise<number | undefined> {
  const reply = await transport.execute({ ...requestSense(), timeoutMs: patientMs })
  const sense = reply.status === 0 ? decodeSense(reply.data) : undefined
  return sense?.asc === 0x04 ? sense.progress : undefined
}

type Look = { end: OperationEnd } | { progress: number | undefined } | { silent: string }

interface Memory {
  mediumChange: boolean
}

/** Asks once. */
async function look(transport: Transport, memory: Memory): Promise<Look> {
  try {
    const { status, sense } = await transport.execute({ ...testUnitReady(), timeoutMs: patientMs })
    if (status === 0) return { end: { how: 'done', mediumChange: memory.mediumChange } }
    if (sense === undefined)
      return status === 0x02 ? { end: { how: 'failed', sense } } : { progress: undefined }
    if (isMediumChange(sense)) memory.mediumChange = true
    if (isNoMedium(sense)) return { end: { how: 'no-medium' } }
    if (isNotReadyYet(sense)) return { progress: await progressOf(transport) }
    // Attentions, and the end of an operation before: asked again.
    if (sense.key === 0x06 || sense.key <= 0x01) return { progress: undefined }
    return { end: { how: 'failed', sense } }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    if (error.reason === 'gone') return { end: { how: 'gone', error: error.message } }
    return { silent: error.message }
  }
}

/** Waits until the drive has done what it was told; gives how that ended. */
export async function waitForEnd(transport: Transport, options: WaitOptions): Promise<OperationEnd> {
  const { clock, signal, tell } = options
  const begun = clock.now()
  const end = begun + options.limitMs
  const memory: Memory = { mediumChange: false }
  let silent = 0
  for (;;) {
    if (signal?.aborted) return { how: 'cancelled' }
    const seen = await look(transport, memory)
    if ('end' in seen) return seen.end
    silent = 'silent' in seen ? silent + 1 : 0
    if ('silent' in seen && silent >= mostSilent) return { how: 'silent', error: seen.silent }
    if (clock.now() >= end) return { how: 'too-long' }
    await tell('silent' in seen ? undefined : seen.progress)
    await clock.sleep(clock.now() - begun < firstMs ? pauseMs : laterPauseMs)
  }
}
