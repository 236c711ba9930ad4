// pktw map, pktw unmap
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { discStateOf, udevProperties } from './disc-state.ts'
import { whichDrive } from './drives.ts'
import { mappedDrives } from './mapped-drives.ts'
import type { DriveOptions } from './options.ts'
import { say } from './terminal.ts'
import { discUnit, doUnit } from './units.ts'

/** Takes the disc in a drive up. Gives the exit code; throws Stop. */
export async function map(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'map')
  const disc = discStateOf(await udevProperties(system, drive), drive)
  if (disc.state !== 'ready') {
    const why = disc.reason?.message ?? (disc.present ? 'its medium is not handled' : 'there is no disc')
    const told = diagnose('cli.not-ready', { drive, state: disc.state ?? 'not examined', why })
    throw new Stop([disc.reason?.remedy === undefined ? told : { ...told, remedy: disc.reason.remedy }])
  }
  await doUnit(system, 'start', discUnit(drive), `taking up the disc in ${drive}`)
  const device = (await mappedDrives(system)).find((m) => m.drive === drive)?.device
  say(device === undefined ? `${drive} is taken up` : `${drive} is /dev/${device}, also /dev/pktw/${drive}`)
  return exit.done
}

/** Lets a disc go; it stays in the drive. Gives the exit code; throws Stop. */
export async function unmap(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'unmap')
  await doUnit(system, 'stop', discUnit(drive), `writing what is left to the disc in ${drive}`)
  say(`${drive} is let go; pktw map ${drive} takes the disc up again`)
  return exit.done
}
