// pktw-sleep.service: before the machine sleeps everything goes to its disc. A drive may lose power meanwhile, and a
// disc may be taken out of a machine that is asleep.
import { log } from '../system/journal.ts'
import { ask } from './control.ts'
import { listState, mappingOf } from './state.ts'

/** ms: a full cache on a slow CD-RW. */
const flushTimeout = 10 * 60_000

/** Flushes every disc that is mapped. The machine sleeps also when one fails: the journal has what is not on it. */
export async function sleep(): Promise<void> {
  const drives = await listState('held')
  await Promise.all(
    drives.map(async (drive) => {
      const mapping = await mappingOf(drive)
      if (mapping === undefined) return
      const answer = await ask(drive, { do: 'flush' }, flushTimeout)
      if (!answer.ok) {
        log.error(
          `${drive}: not everything is on the disc before the machine sleeps (${answer.error ?? 'no reason given'}); ` +
            'leave the disc in the drive',
        )
      }
    }),
  )
}
