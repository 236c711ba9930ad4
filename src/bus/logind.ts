// logind: the seat in front of which a caller sits.
import { type Bus, Variant } from './connection.ts'
import type { Caller } from './names.ts'

const login = 'org.freedesktop.login1'
const manager = { destination: login, path: '/org/freedesktop/login1', interface: `${login}.Manager` }

/** A property that is a pair of a name and a path. Both empty when there is none. */
async function pair(bus: Bus, path: string, kind: 'Session' | 'User', name: string): Promise<string[]> {
  const [value] = await bus.call({
    destination: login,
    path,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: [`${login}.${kind}`, name],
    timeoutMs: 10_000,
  })
  const inside: unknown = value instanceof Variant ? value.value : undefined
  return Array.isArray(inside) ? inside.map(String) : []
}

async function sessionOf(bus: Bus, { uid, pid }: Caller): Promise<string | undefined> {
  if (pid !== undefined)
    try {
      const asked = { ...manager, member: 'GetSessionByPID', signature: 'u', body: [pid], timeoutMs: 10_000 }
      return String((await bus.call(asked))[0])
    } catch {
      // Programs that the user's own systemd has started, as desktops do, are in no session.
    }
  const asked = { ...manager, member: 'GetUser', signature: 'u', body: [uid], timeoutMs: 10_000 }
  const [user] = await bus.call(asked)
  const [, display] = await pair(bus, String(user), 'User', 'Display')
  return display === '/' ? undefined : display
}

/** `seat0`; undefined for who sits at none, over the network or as a service, and where logind does not say. */
export async function seatOf(bus: Bus, caller: Caller): Promise<string | undefined> {
  try {
    const session = await sessionOf(bus, caller)
    if (session === undefined) return undefined
    const [seat] = await pair(bus, session, 'Session', 'Seat')
    return seat === '' ? undefined : seat
  } catch {
    return undefined
  }
}
