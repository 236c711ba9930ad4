// An unmount that is no eject: told to the session of whoever sits in front of the drive, whose pktw-session gives back the discs
// that its desktop has unmounted.
import type { System } from '../system/system.ts'

const directory = '/run/pktw/stay'
/** Where pktw-session looks for it; when it was written is what it says. */
export const stayMark = (drive: string): string => `${directory}/${drive}`

/** Never rejects: without the mark the disc is ejected, which loses nothing. */
async function markStay(system: System, drive: string): Promise<void> {
  const root = { uid: 0, gid: 0 }
  try {
    if (!(await system.isDirectory(directory)))
      await system.makeDirectory(directory, { mode: 0o755, ...root })
    await system.writeAtomic(stayMark(drive), new Uint8Array(), { mode: 0o644, ...root })
  } catch {
    // As said.
  }
}

/**
 * Does `unmount`, as root, with the mark there before; rejects as that does. The mark of one that failed would be about the next
 * unmount, which may be the desktop's eject.
 */
export async function unmountAndStay(
  system: System,
  drive: string,
  unmount: () => Promise<void>,
): Promise<void> {
  await markStay(system, drive)
  try {
    await unmount()
  } catch (error) {
    await system.removeFile(stayMark(drive)).catch(() => {})
    throw error
  }
}
