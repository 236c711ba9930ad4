// pktw-eject@.service: what the button on the drive, and `pktw eject`, end in.

import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { systemClock } from '../mmc/clock.ts'
import { log } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { keepFromMounting, mayMount, stopFront } from './automount.ts'
import { ask } from './control.ts'
import { openTray } from './drive.ts'
import { endProcess, mainPid } from './engine-process.ts'
import { flushForPress } from './kept-press.ts'
import { unmountAll, whoHolds } from './mounts.ts'
import { retrigger } from './nbd.ts'
import { discIsThere, isBeingPrepared, mappingOf } from './state.ts'
import { answerMs, untilAnswered } from './take-over.ts'
import { unitState } from './unit.ts'

const stopTimeout = 15 * 60_000

/**
 * Unmounts, flushes, stops the disc's unit, opens the tray. Throws, with the tray shut, when a program keeps the disc
 * busy, the last writes do not reach it within two minutes, the unit does not stop or the drive refuses.
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

/** An engine that hangs would keep the unmount waiting for ever. */
async function haveEngine(drive: string): Promise<void> {
  if ((await mappingOf(drive)) === undefined) return
  await untilAnswered(drive, {
    ask: () => ask(drive, { ask: 'status' }, answerMs),
    kill: async () => {
      const pid = await mainPid(`pktw@${drive}.service`)
      if (pid !== undefined) await endProcess(pid)
    },
    unit: () => unitState(drive),
    warn: (text) => log.error(text),
    clock: systemClock,
  })
}

/** Throws Stop when the last writes do not reach the disc in time. */
const flush = (drive: string): Promise<void> =>
  flushForPress(drive, {
    flush: (limitMs) => ask(drive, { do: 'flush' }, limitMs),
    discIsThere: () => discIsThere(drive),
    onFirstFailure: (why) =>
      log.warning(`${drive}: not everything is on the disc (${why}): it is tried again, then the tray opens`),
    clock: systemClock,
  })

/** All of it but the tray. */
async function letGo(drive: string): Promise<void> {
  await haveEngine(drive)
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
  if (mapping !== undefined) await flush(drive)
  const stopped = await run('systemctl', ['stop', '--', `pktw@${drive}.service`], { timeoutMs: stopTimeout })
  if (stopped.code !== 0) throw new Error(`pktw@${drive}.service did not stop: ${stopped.stderr}`)
}
