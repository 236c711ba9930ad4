// Whose files the disc's are: the mount options that settings.mount.owner adds at this moment.
import type { Owner } from '../settings/settings.ts'
import { run } from '../system/run.ts'

/** uid and gid of the user in front of seat0; undefined at a login screen or without logind. */
export async function seatUser(): Promise<{ uid: number; gid: number } | undefined> {
  const seat = await run('loginctl', ['show-seat', 'seat0', '--property=ActiveSession', '--value'])
  const session = seat.stdout.trim()
  if (seat.code !== 0 || session === '') return undefined
  const shown = await run('loginctl', ['show-session', session, '--property=User', '--property=Class'])
  const properties = Object.fromEntries(shown.stdout.split('\n').map((l) => l.split('=', 2)))
  // user, user-early, user-light …; not greeter, lock-screen, background.
  if (properties.Class?.startsWith('user') !== true) return undefined
  const passwd = (await run('getent', ['passwd', properties.User ?? ''])).stdout.split(':')
  const [uid, gid] = [Number(passwd[2]), Number(passwd[3])]
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined
}

/** Options for udf (Documentation/filesystems/udf.rst) that give the files to `owner`. */
export async function ownerOptions(owner: Owner, group: string): Promise<string[]> {
  if (typeof owner === 'object') return [`uid=${owner.uid}`, `gid=${owner.gid}`]
  if (owner === 'everyone') return ['mode=0666', 'dmode=0777']
  const user = owner === 'seat' ? await seatUser() : undefined
  if (user !== undefined) return [`uid=${user.uid}`, `gid=${user.gid}`]
  const gid = (await run('getent', ['group', group])).stdout.split(':')[2]
  return gid === undefined ? [] : [`gid=${gid}`, 'mode=0664', 'dmode=0775']
}
