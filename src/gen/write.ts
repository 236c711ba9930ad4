// Puts files below --destdir: each beside its place, synced, then renamed.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import type { File } from './files.ts'

async function makeParents(system: System, directory: string): Promise<void> {
  if (directory === '/' || (await system.isDirectory(directory))) return
  await makeParents(system, path.dirname(directory))
  await system.makeDirectory(directory, { mode: 0o755 })
}

/** Writes all of them; what was there is replaced. Throws Stop at the first that cannot be written. */
export async function writeTree(destdir: string, files: readonly File[]): Promise<void> {
  let at = destdir
  try {
    await mkdir(destdir, { recursive: true })
    const system = realSystem(destdir)
    for (const file of files) {
      at = file.path
      await makeParents(system, path.dirname(file.path))
      await system.writeAtomic(file.path, Buffer.from(file.text), { mode: file.mode })
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Stop([diagnose('gen.write-failed', { path: at, reason })])
  }
}
