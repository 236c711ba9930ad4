// What whoever wants a disc prepared and the service that does it (pktw-prepare@) tell each other, by two files under /run/pktw/prepare:
// the order, root's alone, and the state, for anybody to read.
import { labelProblem } from '../media/file-system.ts'
import type { DiscNow } from '../mmc/format-failure.ts'
import { type Medium, mediaNames } from '../settings/settings.ts'
import type { System } from './system.ts'

export const preparationUnit = (drive: string): string => `pktw-prepare@${drive}.service`

const directory = '/run/pktw/prepare'

/** `drive` is a checked kernel name. */
export const preparationPaths = {
  directory,
  order: (drive: string) => `${directory}/${drive}.order`,
  state: (drive: string) => `${directory}/${drive}.json`,
  /** There while the disc has no file system of ours yet: the rules then have nobody mount its packet device. */
  mark: (drive: string) => `${directory}/${drive}.unfinished`,
}

/** How a disc is to be prepared. */
export interface PrepareOrder {
  version: 1
  /** The disc that was agreed to: what the kernel numbered it, and its MMC profile. */
  diskseq: string
  profile: number
  /** Format also what has a format, and erase all of it. */
  full: boolean
  /** A person said that what is on the disc may be lost. Nothing else sets it. */
  erase: boolean
  /**
   * Why the disc may have a format, and nothing on it, without anybody having said so: it `had` one when it was agreed to, or an
   * earlier preparation of it has `begun` one. Absent: a format that it has now is somebody else's work, done since.
   */
  format?: 'had' | 'begun'
  label: string
  /** Whose the root directory is to be. */
  uid: number
  gid: number
}

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 0xffff_ffff

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Undefined for anything that is not an order in every field. */
export function parseOrder(text: string): PrepareOrder | undefined {
  const { version, diskseq, profile, full, erase, format, label, uid, gid } = parsed(text) ?? {}
  if (version !== 1 || typeof diskseq !== 'string' || !/^[0-9]{1,20}$/.test(diskseq)) return undefined
  if (!Number.isInteger(profile) || (profile as number) < 1 || (profile as number) > 0xffff) return undefined
  if (typeof full !== 'boolean' || typeof erase !== 'boolean') return undefined
  if (format !== undefined && format !== 'had' && format !== 'begun') return undefined
  if (typeof label !== 'string' || labelProblem(label) !== undefined || !isId(uid) || !isId(gid))
    return undefined
  const known = format === undefined ? {} : { format: format as 'had' | 'begun' }
  return { version, diskseq, profile: profile as number, full, erase, ...known, label, uid, gid }
}

/** In this order, as far as they are needed; then one of the last three. */
const preparePhases = [
  'starting',
  'blanking',
  'formatting',
  'background',
  'mapping',
  'file-system',
  'mounting',
  'done',
  'failed',
  'cancelled',
] as const
export type PreparePhase = (typeof preparePhases)[number]

/** Keys are only ever added. Times in ms since 1970. */
export interface PrepareState {
  version: 1
  drive: string
  diskseq: string
  phase: PreparePhase
  /** What the medium is now. */
  disc: DiscNow
  startedAt: number
  updatedAt: number
  /** Beginning of the phase. */
  phaseStartedAt: number
  /** Thousandths of the phase, as the drive tells them; a hint. */
  perMille?: number
  /** Bytes a second of the phase, estimated from that. */
  rate?: number
  /** End of the phase, estimated from that. */
  endsAt?: number
  medium?: Medium
  /** Blocks of 2048 bytes that it has, or will have. */
  blocks?: number
  /** With `done`: the packet device, and where it is mounted if it is. */
  device?: string
  mountedAt?: string
  /** With `failed` and `cancelled`. `sense` as `3/31/01` where the drive told some. */
  error?: { code: string; message: string; remedy?: string; sense?: string }
}

export const isOver = ({ phase }: PrepareState): boolean =>
  phase === 'done' || phase === 'failed' || phase === 'cancelled'

/** Undefined for anything that is not a state; what it has beyond that is taken as it is, since root wrote it. */
export function parseState(text: string): PrepareState | undefined {
  const value = parsed(text)
  if (value?.version !== 1 || !preparePhases.some((phase) => phase === value.phase)) return undefined
  const { drive, diskseq, startedAt, updatedAt, phaseStartedAt, medium } = value
  if (typeof drive !== 'string' || typeof diskseq !== 'string') return undefined
  if (![startedAt, updatedAt, phaseStartedAt].every(Number.isFinite)) return undefined
  if (medium !== undefined && !mediaNames.some((name) => name === medium)) return undefined
  return value as unknown as PrepareState
}

/** How far the preparation of this drive's disc is, or how the last one ended; undefined when there was none since the boot. */
export async function readPreparation(system: System, drive: string): Promise<PrepareState | undefined> {
  const bytes = await system.read(preparationPaths.state(drive))
  return bytes === undefined ? undefined : parseState(bytes.toString('utf8'))
}

/** A format of this disc was begun, and the preparation ended before its file system was made. */
const wasBegun = (state: PrepareState | undefined, diskseq: string): boolean =>
  state !== undefined &&
  state.diskseq === diskseq &&
  (state.phase === 'cancelled' || state.phase === 'failed') &&
  (state.disc === 'in-work' || state.disc === 'formatted')

/**
 * Writes the order; the unit, started then, does it. What an earlier run told is taken away, but for whether it has begun a format of
 * this disc. Rejects as System does.
 */
export async function writeOrder(system: System, drive: string, order: PrepareOrder): Promise<void> {
  if (!(await system.isDirectory(directory)))
    await system.makeDirectory(directory, { mode: 0o755, uid: 0, gid: 0 })
  let written = order
  if (await system.exists(preparationPaths.state(drive))) {
    const before = await readPreparation(system, drive)
    if (wasBegun(before, order.diskseq)) written = { ...order, format: 'begun' }
    await system.removeFile(preparationPaths.state(drive))
  }
  await system.writeAtomic(preparationPaths.order(drive), Buffer.from(`${JSON.stringify(written)}\n`), {
    mode: 0o600,
    uid: 0,
    gid: 0,
  })
}
