// A drive that already works on its disc when it is asked: a format or a blank that somebody began and did not wait for.
import type { Clock } from './clock.ts'
import { isNotReadyYet } from './drive-command.ts'
import { type DiscNow, FormatFailure, operationLimitMs } from './format-failure.ts'
import { patientMs, waitForEnd } from './long-operation.ts'
import type { Transport } from './transport.ts'
import { testUnitReady } from './unit-control.ts'

export interface RunningOptions {
  drive: string
  /** What is known of the medium. `in-work`: the drive was told to by us, and "becoming ready" is that work as well. */
  disc: DiscNow
  clock: Clock
  signal?: AbortSignal | undefined
  /** Called after each look; 0..1, undefined when the drive does not tell. */
  tell(progress: number | undefined): void | Promise<void>
}

/** Qualifiers of ASC 04h that say so: format, operation, long write (SPC-5 annex F). */
const working = new Set([0x04, 0x07, 0x08])
/** A drive can have a reset, a new disc and changed mode pages to tell of first. */
const notices = 4

async function works(transport: Transport, disc: DiscNow): Promise<boolean> {
  for (let i = 0; i <= notices; i++) {
    const { status, sense } = await transport.execute({ ...testUnitReady(), timeoutMs: patientMs })
    if (status === 0 || sense === undefined) return false
    if (sense.key !== 0x06) return isNotReadyYet(sense) && (disc === 'in-work' || working.has(sense.ascq))
  }
  return false
}

/**
 * Waits until the drive has ended what it works on; false when there was nothing to wait for. Whether it ended well, the disc tells.
 * @throws PreparationFailed when it was not waited for to the end; TransportError.
 */
export async function waitForRunning(transport: Transport, options: RunningOptions): Promise<boolean> {
  if (!(await works(transport, options.disc))) return false
  const end = await waitForEnd(transport, { ...options, limitMs: operationLimitMs })
  if (end.how === 'done' || end.how === 'failed' || end.how === 'no-medium') return true
  throw new FormatFailure(options.drive).ended(end, options.disc)
}
