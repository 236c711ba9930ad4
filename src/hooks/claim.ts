// ExecStartPre of pktw@.service: the drive becomes ours, before the engine touches it.
import { shutTrayPath } from '../disc/shut-tray.ts'
import { claimedAgain, discClaimPath, formatDiscClaim, parseDiscClaim } from '../system/disc-claim.ts'
import { diskseqOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { makeMemoryJournal } from '../system/memory-journal.ts'
import { formatProperties, parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { mayMount } from './automount.ts'
import { cutOff } from './let-go.ts'
import { unmountAll, whoUses } from './mounts.ts'
import { discIsThere, listState, mappingOf, paths, readText, removeState, writeState } from './state.ts'

/** What the rule keeps of the drive, whatever disc is in it. */
const ofDrive: ReadonlySet<string> = new Set(['PKTW_DRIVE', 'PKTW_SLOT', 'PKTW_READ_ONLY'])

/** The PKTW_* properties of udev's last event for the drive. */
async function probedProperties(drive: string): Promise<Record<string, string>> {
  const info = await run('udevadm', ['info', '--query=property', `--name=/dev/${drive}`])
  const all = parseProperties(info.stdout)
  const ofDisc = (key: string) => key.startsWith('PKTW_') && !ofDrive.has(key)
  return Object.fromEntries(Object.entries(all).filter(([key]) => ofDisc(key)))
}

/** Marks the disc as taken up, so that change events of the same disc neither ask the drive again nor start us again. */
async function markSeen(drive: string, diskseq: string): Promise<void> {
  const properties = await probedProperties(drive)
  for (const name of await listState('seen'))
    if (name.startsWith(`${drive}.`) && name !== `${drive}.${diskseq}`)
      await removeState(paths.seen(drive, name.slice(drive.length + 1)))
  if (Object.keys(properties).length > 0)
    await writeState(paths.seen(drive, diskseq), formatProperties(properties))
}

/**
 * A block device that an engine left behind by dying: kept for the next one when the disc is the same, so that nobody
 * who has files on it notices. Otherwise its disc is gone, and so is what was not on it yet.
 */
async function takeOver(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  if (mapping === undefined) return
  if (await discIsThere(drive)) {
    log.warning(`the engine of ${drive} died; what is written to ${mapping.device} waits for the next one`)
    return
  }
  log.error(`the engine of ${drive} died, and its disc is not in the drive any more`)
  await cutOff(drive, mapping)
}

/** Before the engine touches it: without this its counters would pass for all that was ever written to the disc. */
export async function countClaim(drive: string, diskseq = diskseqOf(drive) ?? ''): Promise<void> {
  const path = discClaimPath(drive)
  const claim = claimedAgain(parseDiscClaim(await readText(path), diskseq))
  await writeState(path, formatDiscClaim(diskseq, claim))
}

/**
 * Takes the drive: marks it held, remembers its disc, and unmounts what an automounter made of the raw drive.
 * Throws when a program keeps that mount busy.
 */
export async function claim(drive: string): Promise<void> {
  const diskseq = diskseqOf(drive)
  if (diskseq === undefined) throw new Error(`there is no drive ${drive}`)
  await takeOver(drive)
  await mayMount(drive)
  await removeState(shutTrayPath(drive))
  await markSeen(drive, diskseq)
  await writeState(paths.held(drive), `${diskseq}\n`)
  await makeMemoryJournal(paths.runtime(drive)).catch((error: Error) =>
    log.warning(`no journal can be kept in memory: ${error.message}`),
  )
  // Ours already, with backend direct and a pktw-engine that is started again: then its mount goes on.
  const left = (await mappingOf(drive))?.device === drive ? [] : await unmountAll(drive)
  if (left.length > 0) {
    const where = left.map((m) => m.target).join(', ')
    throw new Error(
      `/dev/${drive} is mounted at ${where} already and in use by ${await whoUses(drive)}. ` +
        `Close it there, then: pktw map ${drive}`,
    )
  }
  await countClaim(drive, diskseq)
}
