// The verbs, once they are allowed: units are started and stopped, and nothing else is done here.

import type { Systemd } from '../bus/systemd.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { waitingAutomount } from '../disc/automount.ts'
import { compiledSettings } from '../disc/compiled-settings.ts'
import { holdersOfDisc, stackedProblem } from '../disc/disc-holders.ts'
import { udevProperties } from '../disc/disc-state.ts'
import { mappedDrive, mountsOfDevice } from '../disc/mapped-drives.ts'
import { shutTray } from '../disc/shut-tray.ts'
import { unmountAndStay } from '../disc/stay.ts'
import { discUnit, ejectUnit, unmapUnit } from '../disc/units.ts'
import { howToMount, needFileSystem, needReady, ownUnit, unitOfMount } from '../disc/verbs.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import type { Holder } from '../system/holders.ts'
import type { Mount } from '../system/mountinfo.ts'
import type { System } from '../system/system.ts'
import type { Look } from './look.ts'

export interface Tools {
  system: System
  systemd: Systemd
}

const devicesOf = ({ drive, mapped }: Look): string[] => [...new Set([drive, mapped?.device ?? drive])]

/** Programs that use the disc, whosever they are. */
export const holders = ({ system }: Tools, look: Look): Promise<Holder[]> =>
  holdersOfDisc(system, devicesOf(look))

/** Throws Stop when something lies on the disc that an unmount does not end, and that would be cut off: LUKS, a container's mount. */
async function refuseStacked({ system }: Tools, look: Look, verb: string): Promise<void> {
  const problem = await stackedProblem(system, look.drive, devicesOf(look), verb)
  if (problem.length > 0) throw new Stop(problem)
}

/** Throws Stop when a program uses the disc. Of other users' programs it is not told which files they have open. */
async function refuseHeld(
  tools: Tools,
  look: Look,
  uid: number,
  code: 'cli.mount-busy' | 'cli.disc-held',
  verb: string,
): Promise<void> {
  const found = await holders(tools, look)
  if (found.length === 0) return
  const { drive } = look
  throw new Stop(
    found.map(({ pid, uid: owner, command, file }) =>
      diagnose(code, { pid, command, drive, verb, file: owner === uid || uid === 0 ? file : 'the disc' }),
    ),
  )
}

const mountsNow = async ({ system }: Tools, look: Look): Promise<Mount[]> =>
  (await Promise.all(devicesOf(look).map((device) => mountsOfDevice(system, device)))).flat()

/** Stops the units of these mounts, which nobody holds. Throws Stop when one stays. */
async function unmountAll(tools: Tools, look: Look, mounts: readonly Mount[], uid: number, verb: string) {
  const { drive } = look
  for (const mount of mounts) {
    let why = 'something still uses it'
    try {
      await tools.systemd.run('stop', unitOfMount(mount))
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      why = error.diagnostics[0]?.message ?? why
    }
    const left = await mountsNow(tools, look)
    if (!left.some(({ target }) => target === mount.target)) continue
    await refuseHeld(tools, look, uid, 'cli.mount-busy', verb)
    throw new Stop([diagnose('cli.still-mounted', { drive, target: mount.target, why })])
  }
}

async function map(tools: Tools, { drive, disc }: Look): Promise<unknown[]> {
  needReady(drive, disc)
  await tools.systemd.run('start', discUnit(drive))
  const device = (await mappedDrive(tools.system, drive))?.device
  return [device === undefined ? '' : `/dev/${device}`]
}

async function unmap(tools: Tools, look: Look, uid: number): Promise<unknown[]> {
  if (look.mapped !== undefined) {
    // Ours first, so that a busy disc is told at once and stays; what others have mounted is left to the disc's unit.
    const settings = await compiledSettings(tools.system)
    const own = look.mounts.filter((mount) => ownUnit(settings, mount) !== undefined)
    await refuseHeld(tools, look, uid, 'cli.mount-busy', 'unmap')
    await refuseStacked(tools, look, 'unmap')
    await unmountAll(tools, look, own, uid, 'unmap')
  }
  try {
    await tools.systemd.run('start', unmapUnit(look.drive))
  } catch (error) {
    // Somebody may have begun to use it meanwhile: that says more than "the unit failed".
    await refuseHeld(tools, look, uid, 'cli.mount-busy', 'unmap')
    await refuseStacked(tools, look, 'unmap')
    throw error
  }
  return []
}

/** Where udisks mounts, it mounts for whoever asks it, and we would ask as root. */
function unitsToMount(settings: CompiledSettings, look: Look): readonly string[] {
  if (look.mapped === undefined) throw new Stop([diagnose('cli.not-mapped', { drive: look.drive })])
  const how = howToMount(settings, look.mapped)
  if (how !== 'udisks') return how.units
  throw new Stop([diagnose('bus.mount-by-udisks', { device: `/dev/${look.mapped.device}` })])
}

async function mount(tools: Tools, look: Look): Promise<unknown[]> {
  const { drive, mapped, mounts } = look
  const already = mounts.find(() => mapped !== undefined)
  if (already !== undefined) return [already.target]
  const units = unitsToMount(await compiledSettings(tools.system), look)
  needFileSystem(drive, await udevProperties(tools.system, mapped?.device ?? drive))
  for (const unit of units) await tools.systemd.run('start', unit)
  return [(await mountsNow(tools, look))[0]?.target ?? '']
}

async function unmount(tools: Tools, look: Look, uid: number): Promise<unknown[]> {
  const automount = await waitingAutomount(tools.system, look.mapped)
  if (look.mounts.length > 0) {
    await refuseHeld(tools, look, uid, 'cli.mount-busy', 'umount')
    const unmounting = () => unmountAll(tools, look, look.mounts, uid, 'umount')
    await unmountAndStay(tools.system, look.drive, unmounting)
  }
  // Not before: systemd would take away what is mounted there, in use or not.
  if (automount !== undefined) await tools.systemd.run('stop', automount)
  return []
}

async function eject(tools: Tools, look: Look, uid: number): Promise<unknown[]> {
  await refuseHeld(tools, look, uid, 'cli.disc-held', 'eject')
  await refuseStacked(tools, look, 'eject')
  try {
    await tools.systemd.run('start', ejectUnit(look.drive))
  } catch (error) {
    // Somebody may have opened a file meanwhile: that says more than "the unit failed", and so does what the unit says.
    await refuseHeld(tools, look, uid, 'cli.disc-held', 'eject')
    await refuseStacked(tools, look, 'eject')
    const why = await shutTray(tools.system, look.drive)
    throw why === undefined ? error : new Stop([why])
  }
  return []
}

/** What does each verb, and gives what its method returns. Throws Stop. `uid` is the caller's. */
export const work = { map, unmap, mount, unmount, eject } as const satisfies Record<
  string,
  (tools: Tools, look: Look, uid: number) => Promise<unknown[]>
>

/** Problems that can be told without asking for a password first: what they go by is for anybody to read. */
export async function foreseen(tools: Tools, verb: string, look: Look): Promise<void> {
  if (verb === 'map') needReady(look.drive, look.disc)
  if (verb === 'mount' && look.mounts.length === 0) unitsToMount(await compiledSettings(tools.system), look)
}
