// pktw eject
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { holdersOfDisc } from '../disc/disc-holders.ts'
import { packetsLeft } from '../disc/engine-status.ts'
import { mappedDrive } from '../disc/mapped-drives.ts'
import { ejectUnit } from '../disc/units.ts'
import type { Holder } from '../system/holders.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { byBus, goesByBus } from './by-bus.ts'
import { whichDrive } from './drives.ts'
import type { EjectOptions } from './options.ts'
import { canAsk, confirm, say, tell, waiting } from './terminal.ts'
import { doUnit } from './units.ts'

/** Also on the drive itself: the eject unit unmounts that as well. */
async function holders(system: System, drive: string): Promise<Holder[]> {
  const mapped = await mappedDrive(system, drive)
  return holdersOfDisc(system, [drive, ...(mapped === undefined ? [] : [mapped.device])])
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
 * Gives the disc back with everything on it. Programs that are to be ended get `graceMs` after SIGTERM to close their
 * files. Gives the exit code; throws Stop.
 */
export async function eject(
  options: EjectOptions,
  system: System = realSystem(),
  graceMs = 5000,
): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'eject')
  const busy = await holders(system, drive)
  if (busy.length > 0 && !options.force)
    throw new Stop(
      busy.map(({ pid, command, file }) => diagnose('cli.disc-held', { pid, command, file, drive })),
    )
  if (busy.length > 0) {
    say(`These programs use the disc in ${drive} and will be ended (SIGTERM), then the disc is ejected:`)
    for (const { pid, command, file } of busy) say(`  ${command} (process ${pid}): ${file}`)
    const agreed = options.yes || (canAsk() && (await confirm('End them?', false)))
    if (!agreed) throw new Stop([diagnose('cli.no-confirmation')])
    await waiting('waiting for them to end', () => endPrograms(system, drive, busy, graceMs))
  }
  try {
    const doing = `writing what is left to the disc in ${drive}`
    const left = () => packetsLeft(system, drive)
    if (goesByBus(system)) await byBus(drive, 'Eject', doing, left)
    else await doUnit(system, 'start', ejectUnit(drive), doing, left)
  } catch (error) {
    // Somebody may have opened a file meanwhile: that says more than "the unit failed".
    const now = await holders(system, drive)
    tell(now.map(({ pid, command, file }) => diagnose('cli.disc-held', { pid, command, file, drive })))
    throw error
  }
  say(`the disc in ${drive} is ejected`)
  return exit.done
}
