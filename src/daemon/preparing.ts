// A preparation as the bus has it: the order that starts it, who asked for it, and how far it is. The format of order and state is
// src/system/preparation.ts, which pktw-prepare@.service goes by too.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { rewritableProfile } from '../disc/rewritable.ts'
import {
  isOver,
  type PrepareOrder,
  type PrepareState,
  preparationUnit,
  readPreparation,
  writeOrder,
} from '../system/preparation.ts'
import type { System } from '../system/system.ts'
import { isBlank, type Look, runningPreparation } from './look.ts'
import type { PrepareOptions } from './options.ts'
import { type Progress, unknown } from './progress.ts'
import type { Tools } from './work.ts'

/**
 * The disc that is agreed to, and that it can be prepared at all, as far as udev knows. `awaited`: a preparation of it has been begun.
 * Throws Stop.
 */
export function preparable(
  look: Look,
  { erase }: PrepareOptions,
  awaited: boolean,
): { diskseq: string; profile: number } {
  const { drive, disc, properties, mounts } = look
  if (awaited || runningPreparation(look) !== undefined)
    throw new Stop([diagnose('prepare.running', { drive })])
  if (!disc.present) throw new Stop([diagnose('prepare.no-disc', { drive })])
  const profile = rewritableProfile(properties)
  if (profile === undefined) throw new Stop([diagnose('prepare.not-rewritable', { drive })])
  const [mount] = mounts
  if (mount !== undefined) throw new Stop([diagnose('prepare.mounted', { drive, target: mount.target })])
  if (!isBlank(look) && !erase) {
    const what = look.label === '' ? 'it is not known to be blank' : `the volume “${look.label}”`
    throw new Stop([diagnose('prepare.needs-erase', { drive, what })])
  }
  const { DISKSEQ: diskseq } = properties
  if (diskseq === undefined) throw new Stop([diagnose('prepare.no-disc', { drive })])
  return { diskseq, profile }
}

/**
 * The order for what was allowed. It erases only what the caller said may go: udev may know a disc as blank that another program has
 * written since, and the service looks at the disc itself.
 */
const orderOf = (
  disc: { diskseq: string; profile: number },
  { label, full, erase }: PrepareOptions,
  look: Look,
  user: { uid: number; gid: number },
): PrepareOrder => ({
  version: 1,
  ...disc,
  label,
  full,
  erase,
  ...(look.disc.state === 'ready' ? { format: 'had' as const } : {}),
  ...user,
})

const askerPath = (drive: string): string => `/run/pktw/prepare/${drive}.asker`

/** ms between who asked being written down and the beginning of the preparation that was meant. */
const plausible = 120_000

/** Writes down who asked: the service may have been started anew when somebody cancels. */
const rememberAsker = (system: System, drive: string, uid: number, at: number): Promise<void> =>
  system.writeAtomic(askerPath(drive), Buffer.from(`${JSON.stringify({ uid, at })}\n`), {
    mode: 0o644,
    uid: 0,
    gid: 0,
  })

/** The group of a user's files. */
async function groupOf(system: System, uid: number): Promise<number> {
  const { stdout } = await system.run('getent', ['passwd', String(uid)], { timeoutMs: 10_000 })
  const gid = Number(stdout.split(':')[3])
  return stdout !== '' && Number.isInteger(gid) ? gid : uid
}

/** Throws Stop when somebody else has one begun, root without us: its state, or its order, is not to be taken away from it. */
export async function refuseBegun({ system, systemd }: Tools, drive: string): Promise<void> {
  const state = await readPreparation(system, drive)
  const unit = await systemd.state(preparationUnit(drive))
  const begun = ['activating', 'active', 'deactivating', 'reloading'].includes(unit)
  if (begun || (state !== undefined && !isOver(state)))
    throw new Stop([diagnose('prepare.running', { drive })])
}

/** Writes the order for what was allowed, and who asked. Rejects as System does. */
export async function placeOrder(
  { system }: Tools,
  look: Look,
  disc: { diskseq: string; profile: number },
  options: PrepareOptions,
  { uid, startedAt }: { uid: number; startedAt: number },
): Promise<void> {
  const { drive } = look
  const user = { uid, gid: await groupOf(system, uid) }
  await writeOrder(system, drive, orderOf(disc, options, look, user))
  await rememberAsker(system, drive, uid, startedAt)
}

/** Who asked for the preparation that runs; undefined when it was not asked for over the bus. */
export async function askerOf(
  system: System,
  drive: string,
  state: PrepareState,
): Promise<number | undefined> {
  const text = (await system.read(askerPath(drive)))?.toString('utf8')
  if (text === undefined) return undefined
  try {
    const { uid, at } = JSON.parse(text) as { uid: unknown; at: unknown }
    if (typeof uid !== 'number' || typeof at !== 'number') return undefined
    const meant = state.startedAt >= at && state.startedAt - at < plausible
    return meant ? uid : undefined
  } catch {
    return undefined
  }
}

/** How far the phase is. */
export function progressOfPreparation(state: PrepareState): Progress {
  const { perMille, blocks, rate = 0, endsAt = 0 } = state
  if (perMille === undefined) return unknown
  const left = blocks === undefined ? undefined : Math.round(((1000 - perMille) * blocks * 2048) / 1000)
  return { progress: perMille / 1000, left, rate, end: endsAt }
}
