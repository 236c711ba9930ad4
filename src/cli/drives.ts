// Which drive is meant: kernel name, device node, any link to it, or the packet device of its disc.
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { discStateOf, udevProperties } from '../disc/disc-state.ts'
import { mappedDrives } from '../disc/mapped-drives.ts'
import { opticalDrives } from '../disc/optical-drives.ts'
import type { System } from '../system/system.ts'

/** Those that hold a disc of ours: mapped, or found ready to be. */
async function drivesWithOurDisc(system: System, drives: readonly string[]): Promise<string[]> {
  const mapped = new Set((await mappedDrives(system)).map((m) => m.drive))
  const ours = await Promise.all(
    drives.map(
      async (drive) =>
        mapped.has(drive) || discStateOf(await udevProperties(system, drive), drive).state === 'ready',
    ),
  )
  return drives.filter((_, i) => ours[i])
}

/** Without a name: the only drive, or the only one with a disc of ours. */
async function theOnlyDrive(system: System, drives: readonly string[], verb: string): Promise<string> {
  const [first] = drives
  if (first === undefined) throw new Stop([diagnose('cli.no-drive')])
  if (drives.length === 1) return first
  const ours = await drivesWithOurDisc(system, drives)
  const [one = first] = ours
  if (ours.length === 1) return one
  const named = (ours.length === 0 ? drives : ours).join(', ')
  throw new Stop([diagnose('cli.which-drive', { drives: named, verb, first: one })], exit.trouble)
}

/**
 * The kernel name (`sr0`) of the drive that `asked` names; without it, of the only drive or the only one with a disc of
 * ours.
 * @throws Stop when there is none, more than one, or it is something else.
 */
export async function whichDrive(system: System, asked: string | undefined, verb: string): Promise<string> {
  const drives = await opticalDrives(system)
  if (asked === undefined) return theOnlyDrive(system, drives, verb)
  const node = path.resolve('/dev', asked)
  const real = await realpath(node).catch(() => node)
  const device = path.dirname(real) === '/dev' ? path.basename(real) : ''
  const mapped = (await mappedDrives(system)).find((m) => m.device === device)
  const drive = mapped?.drive ?? device
  if (!drives.includes(drive)) throw new Stop([diagnose('cli.not-a-drive', { name: asked })], exit.trouble)
  return drive
}
