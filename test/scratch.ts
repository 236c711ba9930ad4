// Where the files of a run go: one directory that is removed at its end, on a file system that has room for them.
import { accessSync, constants, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const MiB = 1024 * 1024

/** What a whole run leaves there until its end: 168 MiB measured in `.ci/bare-root`; packages are built besides where the tools for that are. */
export const wantedBytes = 300 * MiB

/** sun_path has 108 bytes with its end (unix(7)), and the longest name of a socket below the directory has this many. */
const socketNameBytes = 60

/** A directory that could have it. `freeBytes`: undefined where the file system does not say. */
export interface Place {
  directory: string
  writable: boolean
  freeBytes: number | undefined
}

const faultOf = ({ directory, writable, freeBytes }: Place): string | undefined => {
  if (!writable) return 'cannot be written'
  if (Buffer.byteLength(directory) + socketNameBytes > 107) return 'has too long a name for sockets below it'
  if (freeBytes !== undefined && freeBytes < wantedBytes) return `has ${Math.floor(freeBytes / MiB)} MiB free`
  return undefined
}

/** The first that will do. Throws when none will, with what each of them lacks and what to do. */
export function choosePlace(places: readonly Place[]): string {
  const chosen = places.find((place) => faultOf(place) === undefined)
  if (chosen !== undefined) return chosen.directory
  const faults = places.map((place) => `${place.directory} ${faultOf(place)}`)
  throw new Error(
    `The tests need a directory with ${wantedBytes / MiB} MiB free for temporary files: ${faults.join('; ')}. Name one: TMPDIR=DIRECTORY npm test`,
  )
}

function look(directory: string): Place {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    const { blocks, bavail, bsize } = statfsSync(directory)
    return { directory, writable: true, freeBytes: blocks === 0 ? undefined : bavail * bsize }
  } catch {
    return { directory, writable: false, freeBytes: undefined }
  }
}

/** Makes the directory. Throws when there is no place for it. */
export function makeScratch(): string {
  // In memory where there is such a place: an fsync costs nothing there. Containers have little of it.
  const candidates = new Set(['/dev/shm', tmpdir(), '/var/tmp'])
  return mkdtempSync(path.join(choosePlace([...candidates].map(look)), 'pktw-tests-'))
}
