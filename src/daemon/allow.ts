// May this caller do that to this drive, as it is now? Whatever has to be allowed is asked of polkit, and the drive is looked at again
// after each answer: somebody may have typed a password for a minute.
import type { Bus } from '../bus/connection.ts'
import { seatOf } from '../bus/logind.ts'
import type { Caller, Leaving } from '../bus/names.ts'
import { authorize } from '../bus/polkit.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { compiledSettings } from '../disc/compiled-settings.ts'
import { ownUnit } from '../disc/verbs.ts'
import type { Holder } from '../system/holders.ts'
import type { Mount } from '../system/mountinfo.ts'
import { isBlank, type Look, runningPreparation, seatOfDrive } from './look.ts'
import { actionsFor, detailsOf, mounterOf, ownersOf, type Verb } from './policy.ts'
import { askerOf } from './preparing.ts'
import { holders, type Tools } from './work.ts'

export interface Asking {
  verb: Verb
  caller: Caller
  /** Unique name of the caller. */
  sender: string
  interactive: boolean
  /** Of `prepare`: what is on the disc may be lost. */
  erase?: boolean
}

async function userName({ system }: Tools, uid: number): Promise<string> {
  const { code, stdout } = await system.run('getent', ['passwd', String(uid)], { timeoutMs: 10_000 })
  return (code === 0 ? stdout.split(':')[0] : undefined) || String(uid)
}

async function userNumber({ system }: Tools, name: string): Promise<number | undefined> {
  const { code, stdout } = await system.run('getent', ['passwd', name], { timeoutMs: 10_000 })
  const uid = /^[^:]*:[^:]*:([0-9]+):/.exec(stdout)?.[1]
  return code === 0 && uid !== undefined ? Number(uid) : undefined
}

/** Users whom the disc's mounts belong to. Without settings none of them is ours. */
async function ownersNow(tools: Tools, { mounts }: Look): Promise<number[]> {
  const settings = await compiledSettings(tools.system).catch(() => undefined)
  const uids = new Map<string, number | undefined>()
  for (const name of mounts.map(mounterOf))
    if (name !== undefined) uids.set(name, await userNumber(tools, name))
  const isOurs = (mount: Mount) => settings !== undefined && ownUnit(settings, mount) !== undefined
  return ownersOf(mounts, isOurs, (name) => uids.get(name))
}

/** Looks through all processes of the machine: for many who ask at once it is done once. */
const looking = new Map<string, Promise<Holder[]>>()
function holdersOnce(tools: Tools, look: Look): Promise<Holder[]> {
  const { drive } = look
  const begun = looking.get(drive) ?? holders(tools, look).finally(() => looking.delete(drive))
  looking.set(drive, begun)
  return begun
}

async function details(
  tools: Tools,
  look: Look,
  uid: number,
  owners: readonly number[],
): Promise<Record<string, string>> {
  const others = owners.filter((owner) => owner !== uid)
  return detailsOf({
    drive: look.drive,
    name: [look.vendor, look.model].filter((text) => text !== '').join(' '),
    label: look.label,
    othersFiles: (await holdersOnce(tools, look)).some((holder) => holder.uid !== uid),
    owners: await Promise.all(others.map((owner) => userName(tools, owner))),
  })
}

/**
 * Gives the drive as it was when everything that the verb needs was allowed. `look` looks at it; `begunBy` gives who had a preparation
 * begun that tells nothing yet.
 * @throws Stop when something is not allowed.
 */
export async function allow(
  bus: Bus,
  leaving: Leaving,
  tools: Tools,
  { verb, caller, sender, interactive, erase = false }: Asking,
  look: () => Promise<Look>,
  begunBy: () => number | undefined,
): Promise<Look> {
  // root may start and stop units anyway, and is to get at its discs where polkit does not run.
  if (caller.uid === 0) return look()
  const seat = await seatOf(bus, caller)
  const allowed = new Set<string>()
  // Each round something new came up; a drive that changes for ever is nobody's to use.
  for (let round = 0; round < 5; round += 1) {
    const now = await look()
    const preparation = runningPreparation(now)
    const situation = {
      uid: caller.uid,
      seat,
      driveSeat: seatOfDrive(now),
      owners: await ownersNow(tools, now),
      blank: isBlank(now),
      erase,
      startedBy: (preparation && (await askerOf(tools.system, now.drive, preparation))) ?? begunBy(),
    }
    const missing = actionsFor(verb, situation).filter((action) => !allowed.has(action))
    if (missing.length === 0) return now
    const about = await details(tools, now, caller.uid, situation.owners)
    for (const action of missing) {
      await authorize(bus, leaving, { caller: sender, action, details: about, interactive })
      allowed.add(action)
    }
  }
  throw new Stop([diagnose('bus.not-authorized', { action: [...allowed].join(', ') })])
}
