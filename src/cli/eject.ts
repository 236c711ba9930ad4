// pktw eject
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { usersText } from '../disc/device-users.ts'
import { holdersOfDisc, stackedOnDisc, stackedProblem } from '../disc/disc-holders.ts'
import { packetsLeft } from '../disc/engine-status.ts'
import { mappedDrive } from '../disc/mapped-drives.ts'
import { shutTray } from '../disc/shut-tray.ts'
import { discUnit, ejectUnit } from '../disc/units.ts'
import type { Holder } from '../system/holders.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { byBus, goesByBus } from './by-bus.ts'
import { whichDrive } from './drives.ts'
import type { EjectOptions } from './options.ts'
import { canAsk, confirm, say, tell, waiting } from './terminal.ts'
import { doUnit } from './units.ts'

/** The drive itself as well: the eject unit unmounts that, too. */
async function devicesOf(system: System, drive: string): Promise<string[]> {
  const mapped = await mappedDrive(system, drive)
  return [...new Set([drive, mapped?.device ?? drive])]
}

const holders = async (system: System, drive: string): Promise<Holder[]> =>
  holdersOfDisc(system, await devicesOf(system, drive))

/** Everything that keeps the tray shut. */
async function problems(system: System, drive: string): Promise<Diagnostic[]> {
  const held = await holders(system, drive)
  return [
    ...held.map(({ pid, command, file }) => diagnose('cli.disc-held', { pid, command, file, drive })),
    ...(await stackedProblem(system, drive, await devicesOf(system, drive), 'eject')),
  ]
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Ends the programs that were shown, and no other. */
async function endPrograms(
  system: System,
  drive: string,
  shown: readonly Holder[],
  graceMs: number,
): Promise<void> {
  // Looked up again: a number may have gone to another program while the question stood.
  const now = await holders(system, drive)
  for (const { pid, command } of now)
    if (pid > 1 && shown.some((h) => h.pid === pid && h.command === command))
      try {
        process.kill(pid, 'SIGTERM')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EPERM')
          throw new Stop([
            diagnose('cli.not-allowed', { why: `${command} (process ${pid}) is another user's` }),
          ])
      }
  const until = Date.now() + graceMs
  let left = await holders(system, drive)
  while (left.length > 0 && Date.now() < until) {
    await pause(200)
    left = await holders(system, drive)
  }
  if (left.length > 0)
    throw new Stop(
      left.map(({ pid, command, file }) => diagnose('cli.still-held', { pid, command, file, drive })),
    )
}

/**
 * Ends the programs that use the disc, and cuts off what is no program: the kernel would never let go of that by itself. Says first what
 * is meant. @throws Stop when it is not agreed to, or somebody may not.
 */
async function endUsers(
  system: System,
  drive: string,
  options: EjectOptions,
  graceMs: number,
): Promise<void> {
  const busy = await holders(system, drive)
  const devices = await devicesOf(system, drive)
  const stacked = await stackedOnDisc(system, devices)
  if (stacked.length > 0 && goesByBus(system))
    throw new Stop(await stackedProblem(system, drive, devices, 'eject'))
  if (busy.length > 0)
    say(`These programs use the disc in ${drive} and will be ended (SIGTERM), then the disc is ejected:`)
  for (const { pid, command, file } of busy) say(`  ${command} (process ${pid}): ${file}`)
  if (stacked.length > 0)
    say(`The disc in ${drive} is cut off from ${usersText(stacked)}; what is not written yet is lost to it.`)
  const question = stacked.length > 0 ? 'Do this?' : 'End them?'
  const agreed = options.yes || (canAsk() && (await confirm(question, false)))
  if (!agreed) throw new Stop([diagnose('cli.no-confirmation')])
  if (busy.length > 0)
    await waiting('waiting for them to end', () => endPrograms(system, drive, busy, graceMs))
  if (stacked.length === 0) return
  // A stop of the disc's unit waits half a minute, and is not refused.
  await doUnit(system, 'stop', discUnit(drive), `cutting off the disc in ${drive}`)
  tell([diagnose('cli.cut-off', { drive, who: usersText(stacked) })])
}

/**
 * Gives the disc back with everything on it. Programs that are to be ended get `graceMs` after SIGTERM to close their
 * files. Gives the exit code; throws Stop.
 */
export async function eject(
  options: EjectOptions,
  system: System = realSystem(),
  graceMs = 5000,
): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'eject')
  const found = await problems(system, drive)
  if (found.length > 0 && !options.force) throw new Stop(found)
  if (found.length > 0) await endUsers(system, drive, options, graceMs)
  try {
    const doing = `writing what is left to the disc in ${drive}`
    const left = () => packetsLeft(system, drive)
    if (goesByBus(system)) await byBus(drive, 'Eject', doing, left)
    else await doUnit(system, 'start', ejectUnit(drive), doing, left)
  } catch (error) {
    // Somebody may have opened a file meanwhile: that says more than "the unit failed", and so does what the unit says.
    tell(await problems(system, drive))
    const why = await shutTray(system, drive)
    throw why === undefined ? error : new Stop([why])
  }
  say(`the disc in ${drive} is ejected`)
  return exit.done
}
