// pktw-eject@.service: what the button on the drive, and `pktw eject`, end in.

import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { formatShutTray, shutTrayPath } from '../disc/shut-tray.ts'
import { systemClock } from '../mmc/clock.ts'
import { diskseqOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { openTray } from './drive.ts'
import { giveBack, needDrive, type Wording } from './give-back.ts'
import { retrigger } from './nbd.ts'
import { flushPersistently, servedDisc } from './persistent-flush.ts'
import { isBeingPrepared, removeState, writeState } from './state.ts'

const words = (drive: string): Wording => ({
  stays: `the tray of ${drive} stays shut`,
  again: `Close it there and press the button again, or: pktw eject --force ${drive}`,
})

/**
 * Gives the disc back and opens the tray. Throws, with the tray shut, when somebody uses the disc, the last writes do not reach it within
 * two minutes, the unit does not stop or the drive refuses.
 */
export async function eject(drive: string): Promise<void> {
  // Any command may break a format, and the tray would not open.
  if (await isBeingPrepared(drive)) throw new Stop([diagnose('prepare.running', { drive })])
  await removeState(shutTrayPath(drive))
  try {
    await giveBack(drive, words(drive), () => flush(drive))
    // Nobody serves the disc any more: it may have been mounted from the drive meanwhile, or have been all the time.
    const claim = await needDrive(drive, words(drive))
    await openTray(drive).finally(() => claim.release())
  } catch (error) {
    // The button's event left the drive's udev entry without the disc's properties.
    await retrigger(drive)
    await tellShut(drive, error)
    throw error
  }
  log.info(`${drive} is open, everything is on the disc`)
}

/** For the desktop and for whoever called `pktw eject`. Who uses the disc, and with which files, is not for everybody to read. */
async function tellShut(drive: string, error: unknown): Promise<void> {
  const [why] = error instanceof Stop ? error.diagnostics : []
  if (why !== undefined) await writeState(shutTrayPath(drive), formatShutTray(diskseqOf(drive) ?? '', why))
}

/** Throws Stop when the last writes do not reach the disc in time. */
async function flush(drive: string): Promise<void> {
  const why = await flushPersistently(servedDisc(drive), systemClock)
  if (why !== undefined) throw new Stop([diagnose('eject.not-on-disc', { drive, why })])
}
