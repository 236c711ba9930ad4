// Who is in front of a seat, and which seat a drive stands at (sd-login(3), udev's ID_SEAT).
import { parseProperties } from './properties.ts'
import { type RunOptions, type RunResult, run as runProgram } from './run.ts'

export interface SeatUser {
  uid: number
  gid: number
}

/** Where everything stands that was not given to another seat. */
const firstSeat = 'seat0'

/** As sd-login(3) allows it: what is handed to loginctl must not be an option. */
const isSeatName = (name: string): boolean => /^seat[A-Za-z0-9_-]{0,60}$/.test(name)

/** The seat of a device, by udev's properties of it. */
export const seatOf = ({ ID_SEAT: seat }: Partial<Record<string, string>>): string =>
  seat !== undefined && isSeatName(seat) ? seat : firstSeat

type Run = (program: string, argv: readonly string[], options?: RunOptions) => Promise<RunResult>

/** uid and gid of the user in front of the seat; undefined at a login screen, without logind, or when nobody is there. */
export async function seatUser(seat = firstSeat, run: Run = runProgram): Promise<SeatUser | undefined> {
  const shownSeat = await run('loginctl', ['show-seat', seat, '--property=ActiveSession', '--value'])
  const session = shownSeat.stdout.trim()
  if (shownSeat.code !== 0 || session === '') return undefined
  const shown = await run('loginctl', ['show-session', session, '--property=User', '--property=Class'])
  const properties = parseProperties(shown.stdout) as Partial<Record<string, string>>
  // user, user-early, user-light …; not greeter, lock-screen, background.
  if (properties.Class?.startsWith('user') !== true) return undefined
  const passwd = (await run('getent', ['passwd', properties.User ?? ''])).stdout.split(':')
  const [uid, gid] = [Number(passwd[2]), Number(passwd[3])]
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined
}
