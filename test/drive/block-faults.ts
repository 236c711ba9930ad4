// Blocks that fail: for so many times, for a while, or for good.
import { type SenseData, senseOf } from './sense.ts'

/** How a block fails, or the packet that it lies in. */
export interface BlockFault {
  /** Default 3/11/00 for reading, 3/0C/00 for writing. `hang`: no answer until the drive is reset. */
  sense?: string
  /** Times that it fails; it is good afterwards. Default: always. */
  count?: number
  /** ms of the drive's clock that it fails for; it is good afterwards. Default: always. */
  forMs?: number
  /** What the INFORMATION field says: an LBA, or nothing (VALID is 0). Default: the block. */
  information?: number | 'none'
  /** Response code 71h or 70h. Default: 71h where the error is of an earlier command. */
  deferred?: boolean
  /** ms that it takes; without `sense` it does not fail. */
  slowMs?: number
}

/** What a range of blocks meets. */
export interface MetFault {
  /** ms more that it takes. */
  slowMs: number
  /** Why it fails; a fault that only makes it slow has none. */
  failure?: 'hang' | SenseData
}

interface Armed {
  failure: 'hang' | SenseData | undefined
  slowMs: number
  left: number
  until: number
}

export class BlockFaults {
  readonly #now: () => number
  readonly #armed = { read: new Map<number, Armed>(), write: new Map<number, Armed>() }

  /** `now`: ms of the drive's clock. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** A fault that is armed before for the same block and purpose is replaced. Throws on text that is no sense code. */
  arm(lba: number, what: 'read' | 'write', fault: BlockFault): void {
    const { count = Number.POSITIVE_INFINITY, forMs = Number.POSITIVE_INFINITY, slowMs = 0 } = fault
    this.#armed[what].set(lba, {
      failure: failureOf(lba, what, fault),
      slowMs,
      left: count,
      until: this.#now() + forMs,
    })
  }

  disarm(lba: number): void {
    this.#armed.read.delete(lba)
    this.#armed.write.delete(lba)
  }

  clear(): void {
    this.#armed.read.clear()
    this.#armed.write.clear()
  }

  /** The first failing block of a range, and one less of it. Blocks that `spared` is true of are not touched. */
  take(what: 'read' | 'write', lba: number, count: number, spared?: (lba: number) => boolean): MetFault {
    const met: MetFault = { slowMs: 0 }
    const armed = this.#armed[what]
    if (armed.size === 0) return met
    for (let at = lba; at < lba + count; at++) {
      const fault = armed.get(at)
      if (fault === undefined || spared?.(at) === true) continue
      if (this.#now() >= fault.until) {
        armed.delete(at)
        continue
      }
      if (--fault.left <= 0) armed.delete(at)
      met.slowMs += fault.slowMs
      if (fault.failure === undefined) continue
      met.failure = fault.failure
      return met
    }
    return met
  }
}

function failureOf(lba: number, what: 'read' | 'write', fault: BlockFault): 'hang' | SenseData | undefined {
  const { sense, information = lba, deferred } = fault
  if (sense === 'hang') return 'hang'
  if (sense === undefined && fault.slowMs !== undefined) return undefined
  return {
    ...senseOf(sense ?? (what === 'read' ? '3/11/00' : '3/0C/00')),
    ...(information === 'none' ? {} : { information }),
    ...(deferred === undefined ? {} : { deferred }),
  }
}
