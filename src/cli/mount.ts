// pktw mount, pktw umount
import { exit } from '../diagnostics/stop.ts'
import { waitingAutomount } from '../disc/automount.ts'
import { compiledSettings } from '../disc/compiled-settings.ts'
import { udevProperties } from '../disc/disc-state.ts'
import { mappedDrive, mountsOfDevice, needMapped } from '../disc/mapped-drives.ts'
import { unmountAndStay } from '../disc/stay.ts'
import { howToMount, needFileSystem } from '../disc/verbs.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { byBus, goesByBus } from './by-bus.ts'
import { whichDrive } from './drives.ts'
import type { DriveOptions } from './options.ts'
import { say, waiting } from './terminal.ts'
import { mountByUdisks } from './udisks.ts'
import { doUnit } from './units.ts'
import { refuseWhenHeld, unmount } from './unmount.ts'

/** Mounts the mapped disc as the settings say. Gives the exit code; throws Stop. */
export async function mount(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'mount')
  const mapped = await needMapped(system, drive)
  const place = async (): Promise<string | undefined> =>
    (await mountsOfDevice(system, mapped.device))[0]?.target
  const already = await place()
  if (already !== undefined) {
    say(`${drive} is mounted at ${already} already`)
    return exit.done
  }
  const settings = await compiledSettings(system)
  needFileSystem(drive, await udevProperties(system, mapped.device))
  const how = howToMount(settings, mapped)
  const doing = `mounting the disc in ${drive}`
  if (how === 'udisks') await waiting(doing, () => mountByUdisks(system, mapped.device))
  else if (goesByBus(system)) await byBus(drive, 'Mount', doing)
  else for (const unit of how.units) await doUnit(system, 'start', unit, doing)
  const target = await place()
  say(target === undefined ? `${drive} is mounted` : `${drive} is mounted at ${target}`)
  return exit.done
}

/**
 * Unmounts the disc, whoever mounted it; it stays mapped, and does not wait to be looked at any more. Gives the exit code; throws
 * Stop.
 */
export async function umount(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'umount')
  const mapped = await mappedDrive(system, drive)
  const mounts = mapped === undefined ? [] : await mountsOfDevice(system, mapped.device)
  const automount = await waitingAutomount(system, mapped)
  if (mapped === undefined || (mounts.length === 0 && automount === undefined)) {
    say(`${drive} is not mounted`)
    return exit.done
  }
  const doing = `unmounting the disc in ${drive}`
  if (goesByBus(system)) await byBus(drive, 'Unmount', doing)
  else {
    await refuseWhenHeld(system, mapped, 'umount')
    await unmountAndStay(system, drive, () => unmount(system, mapped, mounts, 'umount'))
    // Not before: systemd would take away what is mounted there, in use or not.
    if (automount !== undefined) await doUnit(system, 'stop', automount, doing)
  }
  say(`${drive} is unmounted; pktw mount ${drive} mounts it again, pktw eject ${drive} gives the disc back`)
  return exit.done
}
