// pktw-look@.service: has udev look at a drive once more, when its event came at a bad time: the disc was still coming up
// to speed, the drive did not answer, or pktw@.service was still busy with the disc before.

import { log } from '../system/journal.ts'
import { untilReady } from './drive.ts'
import { retrigger } from './nbd.ts'

/** ms for a disc to come up to speed, or for a drive to come to itself. */
const patience = 90_000

export async function look(drive: string): Promise<void> {
  try {
    await untilReady(drive, patience)
  } catch (error) {
    // No disc, or none that can be read: then the drive tells the kernel when that changes.
    log.info(`${drive} is left alone: ${error instanceof Error ? error.message : String(error)}`)
    return
  }
  await retrigger(drive)
}
