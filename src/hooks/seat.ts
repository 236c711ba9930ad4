// pktw-seat.service: somebody else came to the seat while discs are mounted, or the first one after the boot.
import { readFile } from 'node:fs/promises'
import { log } from '../system/journal.ts'
import type { Mount } from '../system/mountinfo.ts'
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { frontOf } from './automount.ts'
import { bindMountUnit, readSettings } from './mount-unit.ts'
import { mountsOf, unmountAll, whoUses } from './mounts.ts'
import { userAtDrive } from './owner.ts'
import { listState, paths } from './state.ts'

/** Mounts again, for the user who is in front of the drive's seat now, what nobody is using. Nobody there: nothing changes. */
export async function seat(): Promise<void> {
  const settings = await readSettings()
  if (settings.owner !== 'seat') return
  for (const device of await listState('map')) {
    const properties = parseProperties(await readFile(paths.map(device), 'utf8'))
    const { PKTW_DRIVE: drive, PKTW_SLOT: number } = properties
    const slot = Number(number)
    const unit = settings.mounts[slot]?.unit
    if (unit === undefined || drive === undefined) continue
    const user = await userAtDrive(drive)
    if (user === undefined) continue
    const mounts = await mountsOf(device)
    if (mounts.length === 0) {
      // For the next one who looks.
      if ((await frontOf(slot)) !== undefined) await bindMountUnit(drive, slot, settings)
      continue
    }
    const isTheirs = ({ superOptions }: Mount) => superOptions.includes(`uid=${user.uid}`)
    if (mounts.every(isTheirs)) continue
    // First, so that whoever looks at an automount in between mounts it for the new user.
    await bindMountUnit(drive, slot, settings)
    const left = (await unmountAll(device)).filter((m) => !isTheirs(m))
    if (left.length > 0) {
      log.info(`${left.map((m) => m.target).join(', ')} keeps its owner: in use by ${await whoUses(device)}`)
      continue
    }
    await run('systemctl', ['start', '--', unit])
  }
}
