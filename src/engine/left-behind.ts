// What is said of data that a session leaves behind.
import type { Log } from '../system/journal.ts'

/** Where it is kept, if anywhere. */
export interface Place {
  drive: string
  log: Log
  journalDir?: string | undefined
}

/** `what`: why they are not on the disc; `until`: when they are written. */
function tell({ drive, log, journalDir }: Place, packets: number, what: string, until: string): void {
  const lost = `${drive}: ${packets} packets ${what}`
  if (packets > 0 && journalDir === undefined) log.error(lost)
  else if (packets > 0) log.warning(`${lost}; they are kept in ${journalDir} and written when ${until}`)
}

/** The disc went. */
export const tellOfLoss = (place: Place, packets: number): void =>
  tell(place, packets, 'may not have reached the disc before it went', 'it is back')

/** The disc may not be written. */
export const tellOfProtection = (place: Place, packets: number): void =>
  tell(place, packets, 'are not on the disc, which is write-protected', 'it is put in again without that')
