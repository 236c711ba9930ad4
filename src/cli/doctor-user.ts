// Who asks `pktw doctor`, and whether that user may use the drives.
import type { MachineFacts } from '../doctor/facts.ts'
import type { System } from '../system/system.ts'

/** Lines of passwd(5) or group(5) as fields. */
const table = async (system: System, file: string): Promise<string[][]> =>
  ((await system.read(file).catch(() => undefined))?.toString('utf8') ?? '')
    .split('\n')
    .map((line) => line.split(':'))

/** The user of the session that is in front of seat0. */
async function userAtSeat(system: System): Promise<string | undefined> {
  const ask = async (argv: string[]): Promise<string> => {
    const { code, stdout } = await system.run('loginctl', argv, { timeoutMs: 10_000 })
    return code === 0 ? stdout.trim() : ''
  }
  const session = await ask(['show-seat', 'seat0', '--property=ActiveSession', '--value'])
  if (session === '') return undefined
  return (await ask(['show-session', session, '--property=Name', '--value'])) || undefined
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
  const users = await table(system, '/etc/passwd')
  const name = system.uid === 0 ? sudoUser : users.find((u) => u[2] === String(system.uid))?.[0]
  if (name === undefined || name === 'root') return driveGroup === undefined ? {} : { driveGroup }
  const primary = users.find((u) => u[0] === name)?.[3]
  const member = groups.filter((g) => g[2] === primary || (g[3] ?? '').split(',').includes(name))
  return {
    ...(driveGroup === undefined ? {} : { driveGroup }),
    user: {
      name,
      groups: member.flatMap((g) => g[0] ?? []),
      atSeat: (await userAtSeat(system)) === name,
    },
  }
}
