// pktw map, pktw unmap, pktw toggle
import { exit } from '../diagnostics/stop.ts'
import { compiledSettings } from '../disc/compiled-settings.ts'
import { discStateOf, udevProperties } from '../disc/disc-state.ts'
import { packetsLeft } from '../disc/engine-status.ts'
import { type MappedDrive, mappedDrive, mountsOfDevice } from '../disc/mapped-drives.ts'
import { discUnit, unmapUnit } from '../disc/units.ts'
import { needReady, ownUnit } from '../disc/verbs.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { byBus, goesByBus } from './by-bus.ts'
import { whichDrive } from './drives.ts'
import type { DriveOptions } from './options.ts'
import { say } from './terminal.ts'
import { doUnit } from './units.ts'
import { refuseWhenUsed, unmount } from './unmount.ts'

/** Takes the disc in a drive up. Gives the exit code; throws Stop. */
export async function map(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'map')
  needReady(drive, discStateOf(await udevProperties(system, drive), drive))
  const doing = `taking up the disc in ${drive}`
  if (goesByBus(system)) await byBus(drive, 'Map', doing)
  else await doUnit(system, 'start', discUnit(drive), doing)
  const device = (await mappedDrive(system, drive))?.device
  say(device === undefined ? `${drive} is taken up` : `${drive} is /dev/${device}, also /dev/pktw/${drive}`)
  return exit.done
}

/**
 * Unmounts what our units have mounted, so that a busy disc is told at once, with who uses it. What others have mounted is left to the
 * unit, which asks the kernel whether anybody still uses the disc, and lets go of it or is refused.
 */
async function unmountOwn(system: System, mapped: MappedDrive): Promise<void> {
  await refuseWhenUsed(system, mapped, 'unmap')
  const mounts = await mountsOfDevice(system, mapped.device)
  if (mounts.length === 0) return
  const settings = await compiledSettings(system)
  const own = mounts.filter((mount) => ownUnit(settings, mount) !== undefined)
  await unmount(system, mapped, own, 'unmap')
}

/** Lets a disc go; it stays in the drive. Gives the exit code; throws Stop. */
export async function unmap(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'unmap')
  const doing = `writing what is left to the disc in ${drive}`
  const left = () => packetsLeft(system, drive)
  if (goesByBus(system)) await byBus(drive, 'Unmap', doing, left)
  else {
    const mapped = await mappedDrive(system, drive)
    if (mapped !== undefined) await unmountOwn(system, mapped)
    try {
      await doUnit(system, 'start', unmapUnit(drive), doing, left)
    } catch (error) {
      // Somebody may have begun to use it meanwhile: that says more than "the unit failed".
      if (mapped !== undefined) await refuseWhenUsed(system, mapped, 'unmap')
      throw error
    }
  }
  say(`${drive} is let go; pktw map ${drive} takes the disc up again`)
  return exit.done
}

/** Unmaps what is mapped, maps what is not. Gives the exit code; throws Stop. */
export async function toggle(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'toggle')
  const mapped = await mappedDrive(system, drive)
  return mapped === undefined ? map({ drive }, system) : unmap({ drive }, system)
}
