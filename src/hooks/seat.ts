// pktw-seat.service: somebody else came to the seat while discs are mounted, or the first one after the boot.
import { readFile } from 'node:fs/promises'
import { log } from '../system/journal.ts'
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { bindMountUnit, readSettings } from './mount-unit.ts'
import { mountsOf, unmountAll, whoHolds } from './mounts.ts'
import { userAtDrive } from './owner.ts'
import { listState, paths } from './state.ts'

/** Mounts again, for the user who is in front of the drive's seat now, what nobody is using. Nobody there: nothing changes. */
export async function seat(): Promise<void> {
  const settings = await readSettings()
  if (settings.owner !== 'seat') return
  for (const device of await listState('map')) {
    const properties = parseProperties(await readFile(paths.map(device), 'utf8'))
    const unit = settings.mounts[Number(properties.PKTW_SLOT)]?.unit
    const mounts = await mountsOf(device)
    if (unit === undefined || properties.PKTW_DRIVE === undefined || mounts.length === 0) continue
    const user = await userAtDrive(properties.PKTW_DRIVE)
    if (user === undefined) continue
    if (mounts.every((m) => m.superOptions.includes(`uid=${user.uid}`))) continue
    const left = await unmountAll(device)
    if (left.length > 0) {
      log.info(
        `${left.map((m) => m.target).join(', ')} keeps its owner: in use by ${await whoHolds(device, left)}`,
      )
      continue
    }
    await bindMountUnit(properties.PKTW_DRIVE, Number(properties.PKTW_SLOT), settings)
    await run('systemctl', ['start', '--', unit])
  }
}
