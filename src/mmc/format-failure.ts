// Why a disc was not formatted: what a drive or its way says while it blanks and formats, in the words of the catalogue.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Stop } from '../diagnostics/stop.ts'
import { isMediumChange, isNoMedium } from './drive-command.ts'
import type { OperationEnd } from './long-operation.ts'
import { type Sense, senseCode, senseText } from './sense.ts'
import type { TransportError } from './transport.ts'

/** What the medium is at this moment: what a person needs to know if it ends here. */
export type DiscNow =
  /** Nothing was sent that changes it. */
  | 'unchanged'
  /** Its contents are gone, it has no format for packets. */
  | 'erased'
  /** The drive works on it, whether anybody waits or not. */
  | 'in-work'
  /** It has its format, and no file system that belongs there. */
  | 'formatted'

/** For people, as the end of a sentence that says that it ended early. */
export const discNowText: Record<DiscNow, string> = {
  unchanged: 'the disc is as it was.',
  erased: 'the disc is erased and not formatted.',
  'in-work':
    'the drive goes on by itself and cannot be stopped. Leave the disc in until its light goes out; what was on it is lost, and it has to be prepared again.',
  formatted: 'the disc is formatted, and has no file system yet.',
}

/** Why a disc was not prepared; with the drive's sense as `3/31/01`, where one was told. */
export class PreparationFailed extends Stop {
  override name = 'PreparationFailed'
  readonly sense: string | undefined
  constructor(diagnostic: Diagnostic, sense?: Sense) {
    super([diagnostic])
    this.sense = sense === undefined ? undefined : senseCode(sense)
  }
}

/** ms that a drive may work on one step: a BD-RE of 100 GB with certification takes hours. */
export const operationLimitMs = 6 * 3_600_000

/** Makes the failures of one drive. */
export class FormatFailure {
  readonly #drive: string

  constructor(drive: string) {
    this.#drive = drive
  }

  stop(
    code: Parameters<typeof diagnose>[0],
    params: Record<string, string | number> = {},
    sense?: Sense,
  ): PreparationFailed {
    return new PreparationFailed(diagnose(code, { drive: this.#drive, ...params }), sense)
  }

  /** A drive's refusal or failure. */
  failed(error: string, sense: Sense | undefined): PreparationFailed {
    const told = { error }
    if (sense === undefined) return this.stop('prepare.refused', told)
    if (isMediumChange(sense)) return this.stop('prepare.disc-changed', { why: error }, sense)
    if (isNoMedium(sense)) return this.stop('prepare.disc-gone', {}, sense)
    if (sense.asc === 0x27) return this.stop('prepare.write-protected', {}, sense)
    if (sense.key === 0x03 || sense.asc === 0x31) return this.stop('prepare.worn', told, sense)
    if (sense.key === 0x05) return this.stop('prepare.refused', told, sense)
    return this.stop('prepare.drive-failed', told, sense)
  }

  fromTransport(error: TransportError): PreparationFailed {
    const code = error.reason === 'gone' ? 'prepare.drive-gone' : 'prepare.silent'
    return this.stop(code, { error: error.message })
  }

  cancelled(disc: DiscNow): PreparationFailed {
    return this.stop('prepare.cancelled', { now: discNowText[disc] })
  }

  /** What the wait for an operation came to, when not to its end. */
  ended(end: Exclude<OperationEnd, { how: 'done' }>, disc: DiscNow): PreparationFailed {
    switch (end.how) {
      case 'cancelled':
        return this.cancelled(disc)
      case 'no-medium':
        return this.stop('prepare.disc-gone')
      case 'too-long':
        return this.stop('prepare.too-long', { hours: operationLimitMs / 3_600_000 })
      case 'failed':
        return this.failed(end.sense === undefined ? 'no reason given' : senseText(end.sense), end.sense)
      case 'gone':
        return this.stop('prepare.drive-gone', { error: end.error })
      case 'silent':
        return this.stop('prepare.silent', { error: end.error })
    }
  }
}
