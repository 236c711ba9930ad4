// The automount in front of a slot's mount point (mount.automount): kept from mounting again what is being let go of.
//
// systemd takes away whatever is mounted there, in use or not, when an automount unit is stopped (MNT_DETACH). So it is stopped last,
// once nothing is mounted; and from the beginning until then nothing can be, by a condition of the mount unit (mount-unit.ts).
import { readFile } from 'node:fs/promises'
import { type Front, frontAt } from '../disc/automount.ts'
import { log } from '../system/journal.ts'
import { parseMountinfo } from '../system/mountinfo.ts'
import { run } from '../system/run.ts'
import { readSettings } from './mount-unit.ts'
import { paths, removeState, writeState } from './state.ts'

const stopTimeout = 15 * 60_000

/** Undefined when nothing waits there. */
export async function frontOf(slot: number): Promise<Front | undefined> {
  const place = (await readSettings().catch(() => undefined))?.mounts[slot]
  return frontAt(place, parseMountinfo(await readFile('/proc/1/mountinfo', 'utf8')))
}

/**
 * From now on who looks at the slot's mount point gets an error instead of the disc, until `mayMount`. A mount that is just being
 * made is in no table yet, and is waited for and undone. Undefined when nothing waits there.
 */
export async function keepFromMounting(drive: string, slot: number): Promise<Front | undefined> {
  const front = await frontOf(slot)
  if (front === undefined) return undefined
  await writeState(paths.leaving(drive), '')
  await run('systemctl', ['stop', '--', front.mount], { timeoutMs: stopTimeout })
  return front
}

/** The end of `keepFromMounting`. */
export const mayMount = (drive: string): Promise<void> => removeState(paths.leaving(drive))

/**
 * Takes the automount away. Nothing may be mounted there. The mount as well: while pktw@.service stops, whoever looks leaves a job
 * behind that waits for that end, and would then wait for the next disc.
 */
export async function stopFront({ automount, mount }: Front): Promise<void> {
  const argv = ['stop', '--', automount, mount]
  const { code, stderr } = await run('systemctl', argv, { timeoutMs: stopTimeout })
  if (code !== 0) log.warning(`${automount} did not stop: ${stderr.trim()}`)
}
