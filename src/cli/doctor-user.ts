// Who asks `pktw doctor`, and whether that user may use the drives.

import { udevProperties } from '../disc/disc-state.ts'
import type { MachineFacts } from '../doctor/facts.ts'
import { seatOf } from '../system/seat.ts'
import type { System } from '../system/system.ts'

/** Lines of passwd(5) or group(5) as fields. */
const table = async (system: System, file: string): Promise<string[][]> =>
  ((await system.read(file).catch(() => undefined))?.toString('utf8') ?? '')
    .split('\n')
    .map((line) => line.split(':'))

/** The user of the session that is in front of the seat. */
async function userAtSeat(system: System, seat: string): Promise<string | undefined> {
  const ask = async (argv: string[]): Promise<string> => {
    const { code, stdout } = await system.run('loginctl', argv, { timeoutMs: 10_000 })
    return code === 0 ? stdout.trim() : ''
  }
  const session = await ask(['show-seat', seat, '--property=ActiveSession', '--value'])
  if (session === '') return undefined
  return (await ask(['show-session', session, '--property=Name', '--value'])) || undefined
}

/** The seats that the drives stand at, each once. */
async function seatsOf(system: System, drives: readonly string[]): Promise<string[]> {
  const properties = await Promise.all(drives.map((drive) => udevProperties(system, drive)))
  return [...new Set(properties.map(seatOf))]
}

/** Root needs no group; root by sudo is who called it. */
export async function userFacts(
  system: System,
  drives: readonly string[],
  sudoUser: string | undefined,
): Promise<Pick<MachineFacts, 'user' | 'driveGroup'>> {
  const groups = await table(system, '/etc/group')
  const [drive] = drives
  const node = drive === undefined ? undefined : await system.inspect(`/dev/${drive}`)
  const gid = node !== undefined && 'gid' in node ? String(node.gid) : undefined
  const driveGroup = groups.find((g) => g[2] === gid && gid !== undefined)?.[0]
  const accounts = await table(system, '/etc/passwd')
  const name = system.uid === 0 ? sudoUser : accounts.find((u) => u[2] === String(system.uid))?.[0]
  if (name === undefined || name === 'root') return driveGroup === undefined ? {} : { driveGroup }
  const primary = accounts.find((u) => u[0] === name)?.[3]
  const member = groups.filter((g) => g[2] === primary || (g[3] ?? '').split(',').includes(name))
  const seats = await seatsOf(system, drives)
  const users = await Promise.all(seats.map((seat) => userAtSeat(system, seat)))
  return {
    ...(driveGroup === undefined ? {} : { driveGroup }),
    user: { name, groups: member.flatMap((g) => g[0] ?? []), seats, atSeat: users.includes(name) },
  }
}
