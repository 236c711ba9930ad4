// pktw umount tells the user's session (pktw-session) that this unmount is no eject.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { System } from '../system/system.ts'

/** Where root's mark is, and a user's. */
function directoryOf(system: System): string | undefined {
  if (system.uid === 0) return path.join(system.root, 'run/pktw/stay')
  const own = process.env.XDG_RUNTIME_DIR
  return own?.startsWith('/') === true ? path.join(own, 'pktw-session/stay') : undefined
}

/** Never rejects: without the mark the disc is ejected, which takes nothing from anybody. */
export async function markStay(system: System, drive: string): Promise<void> {
  const directory = directoryOf(system)
  if (directory === undefined) return
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 })
    await writeFile(path.join(directory, drive), '', { mode: 0o644 })
  } catch {
    // As said.
  }
}
