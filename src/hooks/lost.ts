// pktw-lost@.service: the engine died, and systemd does not start it again. Nobody else would let go of the drive.
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../system/journal.ts'
import { cutOff, forgetDrive } from './let-go.ts'
import { mappingOf } from './state.ts'
import { isOver, unitState, whyOver } from './unit.ts'

/**
 * ms, StartLimitIntervalSec= of pktw@.service. Whatever wants to start that unit waits for us: before this time is over
 * systemd would refuse it, and a disc that is put in again would be left lying.
 */
const limitMs = 60_000

/** Cuts the block device off, takes the mounts away, and says what to do. Nothing while the unit is alive or restarted. */
export async function lost(drive: string): Promise<void> {
  const unit = await unitState(drive)
  if (!isOver(unit)) return
  const mapping = await mappingOf(drive)
  const why = whyOver(unit)
  log.error(
    `the engine of ${drive} ${why}. ` +
      (mapping === undefined
        ? ''
        : 'What programs wrote last may not be on the disc yet; it is kept, and written when the disc is taken up again. ' +
          'The disc is unmounted now. ') +
      `Next: journalctl -u pktw@${drive} says what happened; take the disc out and put it in again, or: pktw map ${drive}. ` +
      `To read what is on the disc as it is: mount -o ro /dev/${drive} /mnt`,
  )
  if (mapping !== undefined) await cutOff(drive, mapping)
  await forgetDrive(drive)
  if (unit.result === 'start-limit-hit') await sleep(limitMs)
}
