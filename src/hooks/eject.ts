// pktw-eject@.service: what the button on the drive, and `pktw eject`, end in.

import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { log } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { keepFromMounting, mayMount, stopFront } from './automount.ts'
import { ask } from './control.ts'
import { openTray } from './drive.ts'
import { unmountAll, whoHolds } from './mounts.ts'
import { retrigger } from './nbd.ts'
import { isBeingPrepared, mappingOf } from './state.ts'

const flushTimeout = 10 * 60_000
const stopTimeout = 15 * 60_000

/**
 * Unmounts, flushes, stops the disc's unit, opens the tray. Throws, with the tray shut, when a program keeps the disc
 * busy, the last writes did not reach it, the unit does not stop or the drive refuses.
 */
export async function eject(drive: string): Promise<void> {
  // Any command may break a format, and the tray would not open.
  if (await isBeingPrepared(drive)) throw new Stop([diagnose('prepare.running', { drive })])
  try {
    await letGo(drive)
    await openTray(drive)
  } catch (error) {
    await mayMount(drive)
    // The button's event left the drive's udev entry without the disc's properties.
    await retrigger(drive)
    throw error
  }
  log.info(`${drive} is open, everything is on the disc`)
}

/** All of it but the tray. */
async function letGo(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  const front = mapping === undefined ? undefined : await keepFromMounting(drive, mapping.slot)
  const busy = [drive, ...(mapping === undefined ? [] : [mapping.device])]
  for (const device of busy) {
    const left = await unmountAll(device)
    if (left.length === 0) continue
    const who = await whoHolds(device, left)
    throw new Error(
      `the tray of ${drive} stays shut: ${left.map((m) => m.target).join(', ')} is in use by ${who}. ` +
        `Close it there and press the button again, or: pktw eject --force ${drive}`,
    )
  }
  if (front !== undefined) await stopFront(front)
  if (mapping !== undefined) {
    const answer = await ask(drive, { do: 'flush' }, flushTimeout)
    if (!answer.ok) {
      throw new Error(
        `the tray of ${drive} stays shut: what was last written is not on the disc yet (${answer.error ?? 'no reason given'}). ` +
          `Press the button again to try once more, or: systemctl stop pktw@${drive} gives the disc up as it is`,
      )
    }
  }
  const stopped = await run('systemctl', ['stop', '--', `pktw@${drive}.service`], { timeoutMs: stopTimeout })
  if (stopped.code !== 0) throw new Error(`pktw@${drive}.service did not stop: ${stopped.stderr}`)
}
