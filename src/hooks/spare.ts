// pktw-spare@.service: an engine in the place of one that hangs while its unit is being stopped. systemd starts none in a unit that
// stops, and without one everything that only the page cache has would be lost.
import { run } from '../system/run.ts'
import { waitForEngine } from './attach.ts'
import { countClaim } from './claim.ts'
import { endProcess, mainPid } from './engine-process.ts'
import { isNbd, keepThroughCrash } from './nbd.ts'
import { type Mapping, paths, removeState } from './state.ts'

const unitOf = (drive: string): string => `pktw-spare@${drive}.service`

/** ms for it to be up: it examines the disc, and takes over what the journal has. */
const startMs = 3 * 60_000
/** ms: its last flush has nothing to write any more. */
const stopTimeout = 15 * 60_000

/**
 * Ends the engine `pid` and has another one take over its disc and its block device; gives the process of that one. Throws when none
 * could.
 */
export async function takeOverBySpare(drive: string, { device }: Mapping, pid: number): Promise<number> {
  await endProcess(pid)
  // Of the engine that was ended: the next one makes them anew.
  for (const name of ['nbd', 'control', 'status']) await removeState(`${paths.runtime(drive)}/${name}.sock`)
  // What it counts is not all that was written to the disc.
  await countClaim(drive)
  const { code, stderr } = await run('systemctl', ['start', '--', unitOf(drive)])
  const spare = await mainPid(unitOf(drive))
  if (code !== 0 || spare === undefined) throw new Error(stderr.trim() || `${unitOf(drive)} did not start`)
  await waitForEngine(`${paths.runtime(drive)}/${isNbd(device) ? 'nbd' : 'control'}.sock`, spare, startMs)
  const why = isNbd(device) ? await keepThroughCrash(drive, device) : undefined
  if (why !== undefined) throw new Error(why)
  return spare
}

/** Ends it; it writes what is left. Nothing when there is none. */
export async function endSpare(drive: string): Promise<void> {
  await run('systemctl', ['stop', '--', unitOf(drive)], { timeoutMs: stopTimeout })
}
