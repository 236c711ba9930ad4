// Unmounting a mapped disc: each mount the way it came, and who is in the way when it stays.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { holdersOfDisc, stackedProblem } from '../disc/disc-holders.ts'
import { type MappedDrive, mountsOfDevice } from '../disc/mapped-drives.ts'
import { unitOfMount } from '../disc/verbs.ts'
import type { Mount } from '../system/mountinfo.ts'
import type { System } from '../system/system.ts'
import { doUnit } from './units.ts'

/** Stops when a program that the caller may see uses the disc, naming each. */
export async function refuseWhenHeld(system: System, mapped: MappedDrive, verb: string): Promise<void> {
  const { drive, device } = mapped
  const holders = await holdersOfDisc(system, [device])
  if (holders.length > 0)
    throw new Stop(
      holders.map(({ pid, command, file }) =>
        diagnose('cli.mount-busy', { pid, command, file, drive, verb }),
      ),
    )
}

/** The same for what would be cut off: also what lies on the disc without any program. */
export async function refuseWhenUsed(system: System, mapped: MappedDrive, verb: string): Promise<void> {
  await refuseWhenHeld(system, mapped, verb)
  const problem = await stackedProblem(system, mapped.drive, [mapped.device], verb)
  if (problem.length > 0) throw new Stop(problem)
}

/**
 * Unmounts these mounts of the disc, which nobody held a moment ago (refuseWhenHeld).
 * @throws Stop when one stays: with the programs that use it, as far as the caller may see them.
 */
export async function unmount(
  system: System,
  mapped: MappedDrive,
  mounts: readonly Mount[],
  verb: string,
): Promise<void> {
  const { drive, device } = mapped
  const doing = `unmounting the disc in ${drive}`
  for (const mount of mounts) {
    let why = 'something still uses it'
    try {
      await doUnit(system, 'stop', unitOfMount(mount), doing)
    } catch (error) {
      const [first] = error instanceof Stop ? error.diagnostics : []
      // Refused or not there says more than "still mounted"; that something failed says less.
      if (first?.code !== 'cli.unit-failed') throw error
      why = first.message
    }
    const left = await mountsOfDevice(system, device)
    if (!left.some(({ target }) => target === mount.target)) continue
    await refuseWhenHeld(system, mapped, verb)
    throw new Stop([diagnose('cli.still-mounted', { drive, target: mount.target, why })])
  }
}
