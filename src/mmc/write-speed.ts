// Sets the writing speed for the disc that is in. The drive keeps it over a change of disc, so it is set for each anew.
import { chooseSpeed } from '../media/speed.ts'
import type { Medium, Speed } from '../settings/settings.ts'
import { CAPABILITIES_PAGE, decodeCapabilities } from './capabilities.ts'
import { DriveError, type Policy, run } from './drive-command.ts'
import { decodeModePage, modeSense } from './mode.ts'
import {
  decodeWriteSpeeds,
  getWriteSpeeds,
  setCdSpeed,
  setStreaming,
  type WriteSpeed,
} from './performance.ts'
import type { Command, Transport } from './transport.ts'

/** As many descriptors as fit into what every USB bridge carries for such a command. */
const MOST_SPEEDS = 30

/** Undefined when the drive refuses; TransportErrors go through. */
async function tryRun(transport: Transport, command: Command, policy: Policy): Promise<Buffer | undefined> {
  try {
    return await run(transport, command, policy)
  } catch (error) {
    if (error instanceof DriveError) return undefined
    throw error
  }
}

async function pageSpeeds(transport: Transport, policy: Policy): Promise<number[]> {
  const reply = await tryRun(transport, modeSense(CAPABILITIES_PAGE, 60), policy)
  const page = reply && decodeModePage(reply, CAPABILITIES_PAGE)
  return (page && decodeCapabilities(page)?.writeSpeeds) ?? []
}

/**
 * The fastest speed that the drive lists for this disc, not above `wish`; undefined when it lists none that is plausible. To be asked
 * once a disc: after a write failed, a drive was seen to list faster ones than before (BENQ DQ60).
 * @throws TransportError.
 */
export async function findWriteSpeed(
  transport: Transport,
  medium: Medium,
  wish: Speed,
  policy: Policy = {},
): Promise<WriteSpeed | undefined> {
  const reply = await tryRun(transport, getWriteSpeeds(MOST_SPEEDS), policy)
  const listed = reply === undefined ? [] : decodeWriteSpeeds(reply)
  const told = listed.map((s) => s.write)
  const write =
    chooseSpeed(medium, wish, told, []) ?? chooseSpeed(medium, wish, [], await pageSpeeds(transport, policy))
  if (write === undefined) return undefined
  return { write, read: listed.find((s) => s.write === write)?.read || write }
}

/**
 * Asks the drive to write so fast: SET CD SPEED for CD, SET STREAMING for the others, and SET CD SPEED where that is refused. `blocks`
 * is the size of the disc. True when the drive took it, which is no promise: some do as they like.
 * @throws TransportError. A refusal is an answer.
 */
export async function requestWriteSpeed(
  transport: Transport,
  medium: Medium,
  speed: WriteSpeed,
  blocks: number,
  policy: Policy = {},
): Promise<boolean> {
  const commands = [
    ...(medium === 'cd-rw' ? [] : [setStreaming(speed, blocks - 1)]),
    setCdSpeed(speed.write),
    // Some refuse FFFFh for reading.
    setCdSpeed(speed.write, Math.min(speed.write, 0xffff)),
  ]
  for (const command of commands) if ((await tryRun(transport, command, policy)) !== undefined) return true
  return false
}
