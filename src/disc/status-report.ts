// What `pktw status` tells: gathered through System, so that a test can give it another machine.
import type { EngineStatus, StandByStatus } from '../packet/status.ts'
import { manifestPath } from '../steps/manifest.ts'
import { type PrepareState, readPreparation } from '../system/preparation.ts'
import type { System } from '../system/system.ts'
import { type DiscState, discStateOf, udevProperties } from './disc-state.ts'
import { hearEngine } from './engine-status.ts'
import { mappedDrive, mountsOfDevice } from './mapped-drives.ts'
import { opticalDrives } from './optical-drives.ts'
import { discUnit, type UnitState, unitState } from './units.ts'

export interface DriveReport {
  drive: string
  vendor: string
  model: string
  disc: DiscState
  unit: UnitState & { name: string }
  /** The packet device, when one is attached. */
  packetDevice?: { device: string; link: string }
  /** Of the packet device, and of the drive itself when something mounted that. */
  mounts: { device: string; target: string; type: string; options: string[] }[]
  /** What a running engine answers. */
  engine?: EngineStatus
  /** The same, where the kernel writes the disc. */
  standBy?: StandByStatus
  /** The disc is mapped and nothing answers, and why: whether everything is on the disc is not known. */
  silence?: string
  /** How far a preparation is, or how the last one of this boot ended. */
  preparation?: PrepareState
}

export interface StatusReport {
  version: string
  /** `manifest`: by pktw install. `package`: by a distribution. */
  installed: 'manifest' | 'package' | 'no'
  drives: DriveReport[]
}

export const rulesFiles = ['/etc/udev/rules.d/61-pktw.rules', '/usr/lib/udev/rules.d/61-pktw.rules']

export async function installedBy(system: System): Promise<StatusReport['installed']> {
  if ((await system.inspect(manifestPath)).kind === 'file') return 'manifest'
  for (const file of rulesFiles) if ((await system.inspect(file)).kind === 'file') return 'package'
  return 'no'
}

async function reportDrive(system: System, drive: string): Promise<DriveReport> {
  const attribute = async (name: string): Promise<string> =>
    ((await system.read(`/sys/class/block/${drive}/device/${name}`))?.toString('utf8') ?? '').trim()
  const mapped = await mappedDrive(system, drive)
  const devices = [...new Set([mapped?.device ?? drive, drive])]
  const mounts = await Promise.all(
    devices.map(async (device) =>
      (await mountsOfDevice(system, device)).map(({ target, type, options }) => ({
        device,
        target,
        type,
        options,
      })),
    ),
  )
  const { engine, standBy, silence } = await hearEngine(system, drive)
  const preparation = await readPreparation(system, drive)
  const name = discUnit(drive)
  return {
    drive,
    vendor: await attribute('vendor'),
    model: await attribute('model'),
    disc: discStateOf(await udevProperties(system, drive), drive),
    unit: { name, ...(await unitState(system, name)) },
    ...(mapped === undefined
      ? {}
      : { packetDevice: { device: `/dev/${mapped.device}`, link: `/dev/pktcdvd/pktcdvd${mapped.slot}` } }),
    mounts: mounts.flat(),
    ...(engine === undefined ? {} : { engine }),
    ...(standBy === undefined ? {} : { standBy }),
    ...(silence === undefined || mapped === undefined ? {} : { silence }),
    ...(preparation === undefined ? {} : { preparation }),
  }
}

/** Reads everything, of one drive or all; what is not there is left out. Works for an ordinary user. */
export async function reportStatus(system: System, version: string, only?: string): Promise<StatusReport> {
  const drives = only === undefined ? await opticalDrives(system) : [only]
  return {
    version,
    installed: await installedBy(system),
    drives: await Promise.all(drives.map((drive) => reportDrive(system, drive))),
  }
}
