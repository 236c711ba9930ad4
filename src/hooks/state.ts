// What the hooks keep under /run/pktw, and how it is written and read. All of it is root's; the rule imports from it.
import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { diskseqOf, isDriveName, isPacketDevice } from '../system/drive-nodes.ts'
import { isOver, parseState, preparationPaths } from '../system/preparation.ts'
import { parseProperties } from '../system/properties.ts'

const root = '/run/pktw'
/** How the name of a file that is still being written ends. */
const unfinished = '.new'
export const paths = {
  /** Exists once the disc with this DISKSEQ was taken up; the rule imports it instead of asking the drive again. */
  seen: (drive: string, diskseq: string) => `${root}/seen/${drive}.${diskseq}`,
  /** Exists while the drive is ours; the rule then sends the eject button to pktw-eject@. */
  held: (drive: string) => `${root}/held/${drive}`,
  /** Properties of a packet device. */
  map: (device: string) => `${root}/map/${device}`,
  /** Exists while the drive's disc is let go of: an automount mounts nothing then. */
  leaving: (drive: string) => `${root}/leaving/${drive}`,
  /** Which drive has the slot, that is the mount point and the number of the compatibility link. */
  slot: (slot: number) => `${root}/slots/${slot}`,
  runtime: (drive: string) => `${root}/${drive}`,
  /** Made by the engine: something is not on the medium yet. */
  dirty: (drive: string) => `${root}/${drive}/dirty`,
  settings: new URL('./settings.json', import.meta.url),
}

/** Kernel name of a drive as a unit instance or user gives it. Throws on anything but srN. */
export function driveName(name: string | undefined): string {
  const bare = (name ?? '').replace(/^\/dev\//, '')
  if (!isDriveName(bare)) throw new Error(`"${name ?? ''}" is not an optical drive: give sr0, sr1, …`)
  return bare
}

/** Writes beside it, under a name of its own, and has `place` put it there: a rule never imports half a file. */
async function writeBeside(path: string, text: string, place: (written: string) => Promise<void>) {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  const written = `${path}.${randomUUID()}${unfinished}`
  try {
    await writeFile(written, text, { mode: 0o644 })
    await place(written)
  } finally {
    await rm(written, { force: true })
  }
}

export const writeState = (path: string, text: string): Promise<void> =>
  writeBeside(path, text, (written) => rename(written, path))

/** Creates the file if nobody has; false when somebody was first. */
export async function claimState(path: string, text: string): Promise<boolean> {
  try {
    await writeBeside(path, text, (written) => link(written, path))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Undefined when it is not there. */
export const readText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch(() => undefined)

/** pktw-prepare@ is at work on its disc; its last hook always tells an end. */
export async function isBeingPrepared(drive: string): Promise<boolean> {
  const state = parseState((await readText(preparationPaths.state(drive))) ?? '')
  return state !== undefined && !isOver(state)
}

export const removeState = (path: string): Promise<void> => rm(path, { force: true })

/** File names below a directory of ours; none when it is not there. */
export const listState = (name: 'seen' | 'held' | 'map' | 'slots'): Promise<string[]> =>
  readdir(`${root}/${name}`).then(
    (names) => names.filter((n) => !n.endsWith(unfinished)),
    () => [],
  )

/** A drive's packet device. */
export interface Mapping {
  /** nbd0, pktcdvd0, or the drive itself */
  device: string
  slot: number
}

/** The packet device that serves the drive, if one is attached. */
export async function mappingOf(drive: string): Promise<Mapping | undefined> {
  for (const device of await listState('map')) {
    if (!isPacketDevice(device)) continue
    const properties = parseProperties(await readFile(paths.map(device), 'utf8').catch(() => ''))
    if (properties.PKTW_DRIVE === drive) return { device, slot: Number(properties.PKTW_SLOT) }
  }
  return undefined
}

/** The disc that the unit took up is still in the drive. */
export async function discIsThere(drive: string): Promise<boolean> {
  const held = (await readFile(paths.held(drive), 'utf8').catch(() => '')).trim()
  return held !== '' && held === diskseqOf(drive)
}

/** There is a process of that number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What the probe said of the disc that is in the drive, kept since it was taken up. */
export async function seenProperties(drive: string): Promise<Record<string, string>> {
  const diskseq = diskseqOf(drive) ?? ''
  return parseProperties(await readFile(paths.seen(drive, diskseq), 'utf8').catch(() => ''))
}
