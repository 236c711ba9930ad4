// Asking the service: what `pktw` does for a user who is not root.
import { diagnosticsOf } from '../artifacts/bus/errors.ts'
import { busName, driveInterface, drivePath, jobPath, rootPath } from '../artifacts/bus/interfaces.ts'
import { objectManager, propertiesInterface } from '../artifacts/bus/standard.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { type Bus, BusError, type Call, connect, Variant } from './connection.ts'

/** ms; a full cache on a slow disc, and somebody who looks for the password. */
const patience = 40 * 60_000

export interface CallOptions extends Pick<Call, 'signature' | 'body' | 'interactive'> {
  /** When it is allowed and has begun, for what has a job. */
  onBegun?: () => void
}

/** What the service, or the bus in its place, said no with. */
function stopOf(error: BusError, drive: string): Stop {
  const ours = diagnosticsOf(error.error, error.message)
  if (ours !== undefined) return new Stop(ours)
  if (error.error.endsWith('.UnknownObject')) return new Stop([diagnose('bus.no-such-drive', { drive })])
  return new Stop([diagnose('bus.unreachable', { why: error.message.split('\n')[0] ?? '' })])
}

/** Calls `tell` when the job of that name comes, or is there already: whoever had to be asked has answered. */
async function watchJob(bus: Bus, drive: string, job: string, tell: () => void): Promise<void> {
  const added = { path: rootPath, interface: objectManager.name, member: 'InterfacesAdded' }
  const rule = `sender='${busName}',path='${rootPath}',interface='${objectManager.name}',member='InterfacesAdded'`
  await bus.onSignal(rule, added, ({ body }) => {
    if (body[0] === job) tell()
  })
  const asked = { destination: busName, path: drivePath(drive), interface: propertiesInterface.name }
  const body = [driveInterface.name, 'Job']
  // What stands in the way of this stands in the way of the call itself, which says so better.
  const [now] = await bus
    .call({ ...asked, member: 'Get', signature: 'ss', body, timeoutMs: 60_000 })
    .catch(() => [])
  if (now instanceof Variant && now.value === job) tell()
}

/**
 * Calls a method of a drive on the system bus; polkit may ask the user for a password, unless `interactive` says no. Gives what the
 * method gives.
 * @throws Stop with the service's own problems, or why it cannot be reached.
 */
export async function callDrive(
  drive: string,
  member: string,
  { onBegun, ...given }: CallOptions = {},
  address?: string,
): Promise<unknown[]> {
  try {
    const bus = await connect(address)
    try {
      if (onBegun !== undefined) await watchJob(bus, drive, jobPath(member.toLowerCase(), drive), onBegun)
      return await bus.call({
        destination: busName,
        path: drivePath(drive),
        interface: driveInterface.name,
        member,
        interactive: true,
        ...given,
        timeoutMs: patience,
      })
    } finally {
      bus.close()
    }
  } catch (error) {
    throw error instanceof BusError ? stopOf(error, drive) : error
  }
}
