// How a disc is given back to whoever asked for it (button, eject, unmap, prepare): only when nobody uses it. Whatever may not be refused (a stop
// of pktw@.service) is detach.ts.
import { systemClock } from '../mmc/clock.ts'
import { claimDevice, type DeviceClaim } from '../system/claim-device.ts'
import { log } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { keepFromMounting, mayMount, stopFront } from './automount.ts'
import { ask } from './control.ts'
import { endProcess, mainPid } from './engine-process.ts'
import { claimedNode, tellUnwritten, unmap } from './let-go.ts'
import { unmountAll, whoUses } from './mounts.ts'
import { type Mapping, mappingOf } from './state.ts'
import { answerMs, untilAnswered } from './take-over.ts'
import { unitState } from './unit.ts'

const stopTimeout = 15 * 60_000
/** ms for a probe that has the device for a moment, or an unmount that is not through yet. */
const claimPatience = 5_000

/** What is told when it is refused: `the tray of sr0 stays shut`, and how to try again. */
export interface Wording {
  stays: string
  again: string
}

/** Claims the device, after what can be unmounted is. Rejects with who uses it. */
async function needUnused(device: string, others: readonly string[], words: Wording): Promise<DeviceClaim> {
  const claim = await claimDevice(device, claimPatience)
  if (claim !== undefined) return claim
  throw new Error(`${words.stays}: it is in use by ${await whoUses(device, ...others)}. ${words.again}`)
}

/** Unmounts these devices everywhere. Rejects with who uses one that stays mounted. */
async function unmountUnused(devices: readonly string[], { stays, again }: Wording): Promise<void> {
  for (const device of devices) {
    const left = await unmountAll(device)
    if (left.length === 0) continue
    const where = left.map((m) => m.target).join(', ')
    throw new Error(`${stays}: ${where} is in use by ${await whoUses(device)}. ${again}`)
  }
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

/** From here on nobody can begin to use the device: it stays claimed until it is disconnected. */
async function letGo(
  drive: string,
  mapping: Mapping,
  words: Wording,
  flush: () => Promise<void>,
): Promise<void> {
  const front = await keepFromMounting(drive, mapping.slot)
  await unmountUnused([...new Set([drive, mapping.device])], words)
  const claim = await needUnused(claimedNode(drive, mapping), [mapping.device], words)
  try {
    if (front !== undefined) await stopFront(front)
    // For who wrote to the device itself, and has neither synchronized nor closed it. Whether all of it is on the disc, the engine says.
    await claim.sync().catch((error: Error) => log.warning(`/dev/${mapping.device}: ${error.message}`))
    await flush()
    await unmap(drive, mapping, claim)
    await tellUnwritten(drive)
  } finally {
    claim.release()
  }
}

/**
 * Unmounts, makes sure that nobody uses the disc, flushes, disconnects the packet device and ends the disc's unit. Rejects, with the disc
 * mapped, when no engine answers, somebody uses it, or `flush` rejects.
 */
export async function giveBack(drive: string, words: Wording, flush: () => Promise<void>): Promise<void> {
  try {
    await haveEngine(drive)
    const mapping = await mappingOf(drive)
    if (mapping === undefined) await unmountUnused([drive], words)
    else await letGo(drive, mapping, words, flush)
    const unit = `pktw@${drive}.service`
    const stopped = await run('systemctl', ['stop', '--', unit], { timeoutMs: stopTimeout })
    if (stopped.code !== 0) throw new Error(`${unit} did not stop: ${stopped.stderr}`)
  } catch (error) {
    await mayMount(drive)
    throw error
  }
}

/** The drive itself, once no packet device is served from it. Rejects with who uses it. */
export const needDrive = (drive: string, words: Wording): Promise<DeviceClaim> => needUnused(drive, [], words)
