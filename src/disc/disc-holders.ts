// Which programs keep a disc busy; for an ordinary user only his own.

import { mountsOfDevice } from '../disc/mapped-drives.ts'
import { type Holder, holdersOf } from '../system/holders.ts'
import type { System } from '../system/system.ts'

/** Each program once that has something open on a mount of one of these block devices. */
export async function holdersOfDisc(system: System, devices: readonly string[]): Promise<Holder[]> {
  const mounts = (await Promise.all(devices.map((device) => mountsOfDevice(system, device)))).flat()
  const found = (await Promise.all(mounts.map((mount) => holdersOf(mount.target)))).flat()
  return [...new Map(found.map((h) => [h.pid, h])).values()].filter((h) => h.pid !== process.pid)
}
