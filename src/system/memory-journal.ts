// The journal that only has to survive the engine, not the machine: beside the drives' runtime directories, in memory.
import { chown, mkdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Where it is, for the engine with this runtime directory. One for all drives, as on the disk. */
export const memoryJournal = (runtimeDir: string): string => join(dirname(runtimeDir), 'journal')

/** Makes the directory, for whoever the runtime directory is for. Rejects with the system's error. */
export async function makeMemoryJournal(runtimeDir: string): Promise<void> {
  const { uid, gid } = await stat(runtimeDir)
  const dir = memoryJournal(runtimeDir)
  await mkdir(dir, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await chown(dir, uid, gid)
}
