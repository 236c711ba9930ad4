// Asking the service: what `pktw` does for a user who is not root.
import { diagnosticsOf } from '../artifacts/bus/errors.ts'
import { busName, driveInterface, drivePath } from '../artifacts/bus/interfaces.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { BusError, type Call, connect } from './connection.ts'

/** ms; a full cache on a slow disc, and somebody who looks for the password. */
const patience = 30 * 60_000

/** What the service, or the bus in its place, said no with. */
function stopOf(error: BusError, drive: string): Stop {
  const ours = diagnosticsOf(error.error, error.message)
  if (ours !== undefined) return new Stop(ours)
  if (error.error.endsWith('.UnknownObject')) return new Stop([diagnose('bus.no-such-drive', { drive })])
  return new Stop([diagnose('bus.unreachable', { why: error.message.split('\n')[0] ?? '' })])
}

/**
 * Calls a method of a drive on the system bus; polkit may ask the user for a password, unless `interactive` says no. Gives what the
 * method gives.
 * @throws Stop with the service's own problems, or why it cannot be reached.
 */
export async function callDrive(
  drive: string,
  member: string,
  given: Pick<Call, 'signature' | 'body' | 'interactive'> = {},
  address?: string,
): Promise<unknown[]> {
  try {
    const bus = await connect(address)
    try {
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
