// Which drive is meant: kernel name, device node, any link to it, or the packet device of its disc.
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { isDriveName } from '../system/drive-nodes.ts'
import type { System } from '../system/system.ts'
import { mappedDrives } from './mapped-drives.ts'

/** Kernel names of the optical drives, sr0 first. */
export async function opticalDrives(system: System): Promise<string[]> {
  const names = (await system.list('/sys/class/block')).filter(isDriveName)
  return names.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)))
}

/**
 * The kernel name (`sr0`) of the drive that `asked` names; without it, of the only drive.
 * @throws Stop when there is none, more than one, or it is something else.
 */
export async function whichDrive(system: System, asked: string | undefined, verb: string): Promise<string> {
  const drives = await opticalDrives(system)
  const [first] = drives
  if (asked === undefined) {
    if (first === undefined) throw new Stop([diagnose('cli.no-drive')])
    if (drives.length > 1)
      throw new Stop([diagnose('cli.which-drive', { drives: drives.join(', '), verb, first })], exit.trouble)
    return first
  }
  const node = path.resolve('/dev', asked)
  const real = await realpath(node).catch(() => node)
  const device = path.dirname(real) === '/dev' ? path.basename(real) : ''
  const mapped = (await mappedDrives(system)).find((m) => m.device === device)
  const drive = mapped?.drive ?? device
  if (!drives.includes(drive)) throw new Stop([diagnose('cli.not-a-drive', { name: asked })], exit.trouble)
  return drive
}
