// pktw mount, pktw umount
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { compiledSettings } from '../disc/compiled-settings.ts'
import { udevProperties } from '../disc/disc-state.ts'
import { type MappedDrive, mappedDrive, mountsOfDevice, needMapped } from '../disc/mapped-drives.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { whichDrive } from './drives.ts'
import type { DriveOptions } from './options.ts'
import { markStay } from './stay.ts'
import { say, waiting } from './terminal.ts'
import { udisks } from './udisks.ts'
import { doUnit } from './units.ts'
import { unmount } from './unmount.ts'

/** By what udev found, as the rule that has a disc mounted goes by it too. */
async function needFileSystem(system: System, { drive, device }: MappedDrive): Promise<void> {
  const found = await udevProperties(system, device)
  if (found.ID_FS_USAGE === 'filesystem' || Object.keys(found).length === 0) return
  throw new Stop([diagnose('cli.no-file-system', { drive })])
}

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
  await needFileSystem(system, mapped)
  if (settings.style === 'none') throw new Stop([diagnose('cli.mount-not-ours', { drive })])
  const doing = `mounting the disc in ${drive}`
  if (settings.style === 'udisks') await waiting(doing, () => udisks(system, 'mount', mapped.device))
  else {
    const slot = settings.mounts[mapped.slot]
    const [number, slots] = [mapped.slot + 1, settings.mounts.length]
    if (slot === undefined) throw new Stop([diagnose('cli.no-mount-point', { drive, number, slots })])
    await doUnit(system, 'start', slot.unit, doing)
  }
  const target = await place()
  say(target === undefined ? `${drive} is mounted` : `${drive} is mounted at ${target}`)
  return exit.done
}

/** Unmounts the disc, whoever mounted it; it stays mapped. Gives the exit code; throws Stop. */
export async function umount(options: DriveOptions, system: System = realSystem()): Promise<number> {
  const drive = await whichDrive(system, options.drive, 'umount')
  const mapped = await mappedDrive(system, drive)
  const mounts = mapped === undefined ? [] : await mountsOfDevice(system, mapped.device)
  if (mapped === undefined || mounts.length === 0) {
    say(`${drive} is not mounted`)
    return exit.done
  }
  await markStay(system, drive)
  await unmount(system, mapped, mounts, await compiledSettings(system), 'umount')
  say(`${drive} is unmounted; pktw mount ${drive} mounts it again, pktw eject ${drive} gives the disc back`)
  return exit.done
}
