// Puts files below --destdir: each beside its place, synced, then renamed.
import type { File } from '../artifacts/files.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { realSystem } from '../system/real.ts'
import { makeDirectories, putFile } from '../system/tree.ts'

/** Writes all of them; what was there is replaced. Throws Stop at the first that cannot be written. */
export async function writeTree(destdir: string, files: readonly File[]): Promise<void> {
  let at = destdir
  try {
    await makeDirectories(destdir)
    const system = realSystem(destdir)
    for (const file of files) {
      at = file.path
      await putFile(system, file)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Stop([diagnose('gen.write-failed', { path: at, reason })])
  }
}
