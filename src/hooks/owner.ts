// Whose files the disc's are: the mount options that settings.mount.owner adds at this moment.
import type { Owner } from '../settings/settings.ts'
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { seatOf, seatUser } from '../system/seat.ts'

/** The user in front of the seat that the drive stands at. */
export async function userAtDrive(drive: string) {
  const info = await run('udevadm', ['info', '--query=property', `--name=/dev/${drive}`])
  return seatUser(seatOf(parseProperties(info.stdout)))
}

/** Options for udf (Documentation/filesystems/udf.rst) that give the files on the disc in `drive` to `owner`. */
export async function ownerOptions(owner: Owner, group: string, drive: string): Promise<string[]> {
  if (typeof owner === 'object') return [`uid=${owner.uid}`, `gid=${owner.gid}`]
  if (owner === 'everyone') return ['mode=0666', 'dmode=0777']
  const user = owner === 'seat' ? await userAtDrive(drive) : undefined
  if (user !== undefined) return [`uid=${user.uid}`, `gid=${user.gid}`]
  const gid = (await run('getent', ['group', group])).stdout.split(':')[2]
  return gid === undefined ? [] : [`gid=${gid}`, 'mode=0664', 'dmode=0775']
}
