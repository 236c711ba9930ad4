// What the hooks keep under /run/pktw, and how it is written and read. All of it is root's; the rule imports from it.
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isDriveName } from '../system/drive-nodes.ts'
import { parseProperties } from '../system/properties.ts'

const root = '/run/pktw'
export const paths = {
  /** Exists once the disc with this DISKSEQ was taken up; the rule imports it instead of asking the drive again. */
  seen: (drive: string, diskseq: string) => `${root}/seen/${drive}.${diskseq}`,
  /** Exists while the drive is ours; the rule then sends the eject button to pktw-eject@. */
  held: (drive: string) => `${root}/held/${drive}`,
  /** Properties of a packet device. */
  map: (device: string) => `${root}/map/${device}`,
  /** Which drive has the slot, that is the mount point and the number of the compatibility link. */
  slot: (slot: number) => `${root}/slots/${slot}`,
  runtime: (drive: string) => `${root}/${drive}`,
  settings: new URL('./settings.json', import.meta.url),
}

/** Kernel name of a drive as a unit instance or user gives it. Throws on anything but srN. */
export function driveName(name: string | undefined): string {
  const bare = (name ?? '').replace(/^\/dev\//, '')
  if (!isDriveName(bare)) throw new Error(`"${name ?? ''}" is not an optical drive: give sr0, sr1, …`)
  return bare
}

/** Writes beside and renames: a rule never imports half a file. */
export async function writeState(path: string, text: string): Promise<void> {
  await mkdir(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o755 })
  const temporary = `${path}.new`
  await writeFile(temporary, text, { mode: 0o644 })
  await rename(temporary, path)
}

/** Creates the file if nobody has; false when somebody was first. */
export async function claimState(path: string, text: string): Promise<boolean> {
  await mkdir(path.slice(0, path.lastIndexOf('/')), { recursive: true, mode: 0o755 })
  try {
    const file = await open(path, 'wx', 0o644)
    await file.writeFile(text)
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

export const removeState = (path: string): Promise<void> => rm(path, { force: true })

/** File names below a directory of ours; none when it is not there. */
export const listState = (name: 'seen' | 'map' | 'slots'): Promise<string[]> =>
  readdir(`${root}/${name}`).catch(() => [])

/** A drive's packet device. */
export interface Mapping {
  /** nbd0 */
  device: string
  slot: number
}

/** The packet device that serves the drive, if one is attached. */
export async function mappingOf(drive: string): Promise<Mapping | undefined> {
  for (const device of await listState('map')) {
    if (!/^nbd[0-9]+$/.test(device)) continue
    const properties = parseProperties(await readFile(paths.map(device), 'utf8').catch(() => ''))
    if (properties.PKTW_DRIVE === drive) return { device, slot: Number(properties.PKTW_SLOT) }
  }
  return undefined
}
