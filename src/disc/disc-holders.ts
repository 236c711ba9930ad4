// Who keeps a disc busy: programs, for an ordinary user only his own, and what lies on the disc without any program.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { mountsOfDevice } from '../disc/mapped-drives.ts'
import { type Holder, holdersOf } from '../system/holders.ts'
import type { System } from '../system/system.ts'
import { type DeviceUser, usersOf, usersText } from './device-users.ts'

/** Each program once that has something open on a mount of one of these block devices. */
export async function holdersOfDisc(system: System, devices: readonly string[]): Promise<Holder[]> {
  const mounts = (await Promise.all(devices.map((device) => mountsOfDevice(system, device)))).flat()
  const found = await holdersOf(...mounts.map(({ target }) => target))
  return found.filter((h) => h.pid !== process.pid)
}

/** Users of these devices that an unmount does not end, and no signal: volumes, swap, file systems of other mount namespaces. */
export const stackedOnDisc = async (system: System, devices: readonly string[]): Promise<DeviceUser[]> =>
  (await usersOf(system, devices)).filter(({ kind }) => kind !== 'program' && kind !== 'mount')

/** The same as a problem of `verb`; none where there are none. */
export async function stackedProblem(
  system: System,
  drive: string,
  devices: readonly string[],
  verb: string,
): Promise<Diagnostic[]> {
  const users = await stackedOnDisc(system, devices)
  return users.length === 0 ? [] : [diagnose('cli.disc-in-use', { drive, verb, who: usersText(users) })]
}
