// What `pktw doctor` has to know of each drive.

import { discStateOf, udevProperties } from '../disc/disc-state.ts'
import { hearEngine } from '../disc/engine-status.ts'
import { mappedDrive, mountsOfDevice } from '../disc/mapped-drives.ts'
import { opticalDrives } from '../disc/optical-drives.ts'
import { discUnit, unitState } from '../disc/units.ts'
import type { DriveFacts } from '../doctor/facts.ts'
import { pollDefault, pollMs } from '../system/drive-nodes.ts'
import type { System } from '../system/system.ts'

/** A file of one line, as those in /sys are. */
export const lineOf = async (system: System, file: string): Promise<string | undefined> =>
  (await system.read(file).catch(() => undefined))?.toString('utf8').trim() || undefined

async function sizeOf(system: System, device: string): Promise<{ size?: number }> {
  const size = Number(await lineOf(system, `/sys/class/block/${device}/size`))
  return Number.isInteger(size) && size > 0 ? { size } : {}
}

async function pollingOf(system: System, name: string): Promise<Pick<DriveFacts, 'polling'>> {
  const own = await lineOf(system, `/sys/class/block/${name}/events_poll_msecs`)
  const ms = pollMs(own, await lineOf(system, `/sys/${pollDefault}`))
  return ms === undefined ? {} : { polling: { ms, ofItsOwn: own !== '-1' } }
}

async function factsOf(system: System, name: string): Promise<DriveFacts> {
  const properties: Partial<Record<string, string>> = await udevProperties(system, name)
  const { state, reason } = discStateOf(properties as Record<string, string>, name)
  const held = await lineOf(system, `/run/pktw/held/${name}`)
  const diskseq = await lineOf(system, `/sys/class/block/${name}/diskseq`)
  const mapped = await mappedDrive(system, name)
  const targets = async (device: string): Promise<string[]> =>
    (await mountsOfDevice(system, device)).map((m) => m.target)
  const { engine, silence } = await hearEngine(system, name)
  const { ID_FS_TYPE: fsType, ID_FS_VERSION: fsVersion, PKTW_BACKEND: backend } = properties
  const { active, result } = await unitState(system, discUnit(name))
  return {
    name,
    sg: (await system.list(`/sys/class/block/${name}/device/scsi_generic`)).length > 0,
    ...(await pollingOf(system, name)),
    ...(state === undefined ? {} : { state }),
    ...(reason === undefined ? {} : { reason }),
    ...(fsType === undefined ? {} : { fsType }),
    ...(fsVersion === undefined ? {} : { fsVersion }),
    ...(backend === undefined ? {} : { backend }),
    ...(await sizeOf(system, name)),
    ...(held === undefined ? {} : { held: { sameDisc: held === diskseq } }),
    ...(mapped === undefined
      ? {}
      : { mapped: { device: mapped.device, ...(await sizeOf(system, mapped.device)) } }),
    ownMounts: await targets(name),
    packetMounts: mapped === undefined ? [] : await targets(mapped.device),
    unit: { active, result },
    ...(silence === undefined ? {} : { silence }),
    ...(engine === undefined
      ? {}
      : {
          engine: {
            badBlocks: engine.badBlocks ?? 0,
            hottestWrites: engine.wear?.hottest?.writes ?? 0,
            medium: engine.medium,
            losses: engine.losses ?? [],
            ...(engine.journalLost === undefined ? {} : { journalLost: engine.journalLost }),
          },
        }),
  }
}

export const driveFacts = async (system: System): Promise<DriveFacts[]> =>
  Promise.all((await opticalDrives(system)).map((name) => factsOf(system, name)))
