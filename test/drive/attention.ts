// What the drive has to tell: unit attention conditions, sense for REQUEST SENSE, events for GESN.
import type { SenseData } from './sense.ts'

/** GESN media event codes (MMC-6 §6.6.2.4). */
export const mediaEvent = { none: 0, ejectRequest: 1, newMedia: 2, removal: 3 } as const

export class Attention {
  /** What GESN has not told yet; a later event takes the place of an earlier one. */
  mediaEvent: number = mediaEvent.none
  /** Operational change: the features are not what they were. */
  featureChange = false
  #conditions: SenseData[] = []
  #sense: SenseData | undefined

  /** Queues a unit attention condition, once each. */
  raise(asc: number, ascq: number): void {
    if (this.#conditions.some((a) => a.asc === asc && a.ascq === ascq)) return
    this.#conditions.push({ key: 6, asc, ascq })
  }

  /** Queues errors of earlier commands (response code 71h), which whichever command comes next reports. */
  defer(errors: readonly SenseData[]): void {
    this.#conditions.push(...errors)
  }

  /** What the drive forgets with its write cache. */
  forgetDeferred(): void {
    this.#conditions = this.#conditions.filter((a) => a.deferred !== true)
  }

  /** The oldest condition, which is then told. */
  next(): SenseData | undefined {
    return this.#conditions.shift()
  }

  /** Sense of the command that just ended, for a REQUEST SENSE that may follow. */
  keep(sense: SenseData): void {
    this.#sense = sense
  }

  forget(): void {
    this.#sense = undefined
  }

  /** For REQUEST SENSE: kept sense, else the oldest condition. */
  take(): SenseData | undefined {
    const sense = this.#sense ?? this.next()
    this.#sense = undefined
    return sense
  }

  /** The medium came or went. */
  changed(event: number): void {
    this.mediaEvent = event
    this.featureChange = true
  }
}
