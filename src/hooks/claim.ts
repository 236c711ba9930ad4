// ExecStartPre of pktw@.service: the drive becomes ours, before the engine touches it.
import { readFile } from 'node:fs/promises'
import { diskseqOf } from '../system/drive-nodes.ts'
import { formatProperties, parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { unmountAll, whoHolds } from './mounts.ts'
import { listState, mappingOf, paths, removeState, writeState } from './state.ts'

/** What the probe said of the disc that is in the drive, kept since it was taken up. */
export async function seenProperties(drive: string): Promise<Record<string, string>> {
  const diskseq = diskseqOf(drive) ?? ''
  return parseProperties(await readFile(paths.seen(drive, diskseq), 'utf8').catch(() => ''))
}

/** The PKTW_* properties of udev's last event for the drive. */
async function probedProperties(drive: string): Promise<Record<string, string>> {
  const info = await run('udevadm', ['info', '--query=property', `--name=/dev/${drive}`])
  const all = parseProperties(info.stdout)
  const ofDisc = (key: string) => key.startsWith('PKTW_') && key !== 'PKTW_DRIVE' && key !== 'PKTW_SLOT'
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
 * Takes the drive: marks it held, remembers its disc, and unmounts what an automounter made of the raw drive.
 * Throws when a program keeps that mount busy.
 */
export async function claim(drive: string): Promise<void> {
  const diskseq = diskseqOf(drive)
  if (diskseq === undefined) throw new Error(`there is no drive ${drive}`)
  await markSeen(drive, diskseq)
  await writeState(paths.held(drive), `${diskseq}\n`)
  // Ours already, with backend direct and a pktw-engine that is started again: then its mount goes on.
  const left = (await mappingOf(drive))?.device === drive ? [] : await unmountAll(drive)
  if (left.length > 0) {
    const where = left.map((m) => m.target).join(', ')
    throw new Error(
      `/dev/${drive} is mounted at ${where} already and in use by ${await whoHolds(drive, left)}. ` +
        `Close it there, then: pktw map ${drive}`,
    )
  }
}
