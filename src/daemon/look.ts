// What is known of a drive at a moment, from where `pktw status` has it, and its properties on the bus.

import { notKnown } from '../artifacts/bus/interface.ts'
import { type DiscState, discStateOf, udevProperties } from '../disc/disc-state.ts'
import { bytesLeft, engineStatus } from '../disc/engine-status.ts'
import { type MappedDrive, mappedDrive, mountsOfDevice } from '../disc/mapped-drives.ts'
import { discUnit } from '../disc/units.ts'
import type { EngineStatus, Loss } from '../packet/status.ts'
import { type DiscClaim, discClaimPath, neverWritten, parseDiscClaim } from '../system/disc-claim.ts'
import type { Mount } from '../system/mountinfo.ts'
import { isOver, type PrepareState, readPreparation } from '../system/preparation.ts'
import type { System } from '../system/system.ts'

export interface Look {
  drive: string
  vendor: string
  model: string
  /** udev's properties of the drive. */
  properties: Record<string, string>
  /** Those of its packet device; none while it has no other than itself. */
  packet: Record<string, string>
  disc: DiscState
  mapped: MappedDrive | undefined
  /** Of the packet device and of the drive itself. */
  mounts: Mount[]
  label: string
  /** Undefined while the disc is not mapped, when the kernel writes it, and when nothing answers. */
  engine: EngineStatus | undefined
  /** Whose counters `engine` has: all that was written to the disc, or not. Read after them. */
  claim: DiscClaim | undefined
  /** ActiveState of the disc's unit. */
  service: string
  /** Of this boot, the last one. */
  preparation: PrepareState | undefined
}

/** What a drive or a disc calls itself is shown in prompts: nothing in it may steer them, or go on and on. */
export const printable = (text: string, longest = 64): string =>
  // Control characters, and those that turn the direction of writing around.
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?').slice(0, longest)

async function claimOf(
  system: System,
  drive: string,
  { DISKSEQ: diskseq }: Partial<Record<string, string>>,
): Promise<DiscClaim | undefined> {
  return parseDiscClaim((await system.read(discClaimPath(drive)))?.toString('utf8'), diskseq ?? '')
}

/** Reads all of it, without asking the drive anything. */
export async function lookAt(
  system: System,
  drive: string,
  stateOf: (unit: string) => Promise<string>,
): Promise<Look> {
  const attribute = async (name: string): Promise<string> =>
    printable(((await system.read(`/sys/class/block/${drive}/device/${name}`))?.toString() ?? '').trim())
  const properties = await udevProperties(system, drive)
  const mapped = await mappedDrive(system, drive)
  const devices = [...new Set([mapped?.device ?? drive, drive])]
  const mounts = (await Promise.all(devices.map((device) => mountsOfDevice(system, device)))).flat()
  const packet: Record<string, string> =
    mapped === undefined || mapped.device === drive ? {} : await udevProperties(system, mapped.device)
  return {
    drive,
    vendor: await attribute('vendor'),
    model: await attribute('model'),
    properties,
    packet,
    disc: discStateOf(properties, drive),
    mapped,
    mounts,
    label: printable(packet.ID_FS_LABEL ?? properties.ID_FS_LABEL ?? ''),
    engine: mapped === undefined ? undefined : await engineStatus(system, drive),
    claim: await claimOf(system, drive, properties),
    service: await stateOf(discUnit(drive)),
    preparation: await readPreparation(system, drive),
  }
}

/** The same a moment later, as far as it changes while nothing happens to drive and disc. */
export async function lookAgain(system: System, look: Look): Promise<Look> {
  const { drive, mapped, properties } = look
  const engine = mapped === undefined ? undefined : await engineStatus(system, drive)
  const claim = await claimOf(system, drive, properties)
  return { ...look, engine, claim, preparation: await readPreparation(system, drive) }
}

/** A preparation that runs. */
export const runningPreparation = ({ preparation }: Look): PrepareState | undefined =>
  preparation === undefined || isOver(preparation) ? undefined : preparation

export const seatOfDrive = ({ properties }: Look): string => properties.ID_SEAT ?? 'seat0'

const stateWord = ({ present, state }: DiscState): string => state ?? (present ? 'unknown' : 'empty')

/** Bytes that are not on the medium; undefined when that is not known. Of a disc that is not mapped everything is. */
const dirtyBytes = ({ mapped, engine }: Look): number | undefined =>
  mapped === undefined ? 0 : engine && bytesLeft(engine)

/** The property Clean. */
function cleanWord(look: Look): string {
  if (look.mapped === undefined) return ''
  const left = dirtyBytes(look)
  if (left === undefined) return 'unknown'
  return left === 0 ? 'yes' : 'no'
}

/** Characters of what the engine says in words, and of a path. */
const longestText = 256

/** One of the property Losses. */
const lossValue = ({ lba, blocks, at, why, kept = '' }: Loss): unknown[] => [
  ...[lba, blocks, Math.round(at * 1000)],
  ...[printable(why, longestText), printable(kept, longestText)],
]

/** The properties of org.pktw.Pktw1.Drive. `job` is its object path, or `/`. */
export function driveValues(look: Look, job: string): Record<string, unknown> {
  const { drive, vendor, model, disc, mapped, mounts, label, engine, service } = look
  const { reason } = disc
  return {
    Device: `/dev/${drive}`,
    Vendor: vendor,
    Model: model,
    Seat: seatOfDrive(look),
    State: stateWord(disc),
    Reason: reason?.code ?? '',
    ReasonText: reason?.message ?? '',
    Remedy: reason?.remedy ?? '',
    Medium: disc.medium ?? '',
    Label: label,
    Capacity: (disc.blocks ?? 0) * 2048,
    Backend: mapped === undefined ? '' : (engine?.backend ?? look.properties.PKTW_BACKEND ?? 'engine'),
    BlockDevice: mapped === undefined ? '' : `/dev/${mapped.device}`,
    MountPoints: mounts.map(({ target }) => target),
    Clean: cleanWord(look),
    DirtyBytes: dirtyBytes(look) ?? notKnown,
    WriteSpeed: Math.round(engine?.speed ?? 0),
    PacketsWritten: engine?.wear?.packetsWritten ?? engine?.stats.packetsWritten ?? 0,
    MostRewritten: engine?.wear?.hottest?.writes ?? engine?.stats.hottest?.writes ?? 0,
    BadBlocks: engine?.badBlocks ?? 0,
    Losses: (engine?.losses ?? []).map(lossValue),
    JournalLost: printable(engine?.journalLost ?? '', longestText),
    LastError: printable(engine?.stats.lastError ?? ''),
    Service: service,
    Job: job,
  }
}

/** What was written through the packet device changes nothing of what udev knows of the drive: ask who writes. */
const unwritten = ({ packet, engine, claim }: Look): boolean =>
  packet.ID_FS_USAGE === undefined && claim === 'first' && neverWritten(engine)

/** Nothing is on it that could be lost, as far as probe, udev and engine saw. Anything else may hold data. */
export function isBlank(look: Look): boolean {
  const { disc, properties, preparation } = look
  if (preparation?.phase === 'done' && preparation.diskseq === properties.DISKSEQ) return false
  if (disc.state === 'blank') return true
  // Formatted, and nothing written to it when it came: cdrom_id has read its first blocks, and blkid found nothing.
  const untouched = properties.ID_CDROM_MEDIA_STATE === 'blank' && properties.ID_FS_USAGE === undefined
  if (!untouched) return false
  return disc.state === 'unformatted' || (disc.state === 'ready' && unwritten(look))
}
