// The settings file on disk.
import { realpath } from 'node:fs/promises'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { settingsTextOf } from '../settings/text.ts'
import { realSystem } from '../system/real.ts'
import type { FileMeta } from '../system/system.ts'

const settingsPath = '/etc/pktw/pktw.yaml'

export interface SettingsFile {
  /** Absolute. */
  path: string
  /** Undefined when there is none. */
  text: string | undefined
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The one of --config, or that of the system; a file that was named has to be there. Throws Stop. */
export async function readSettingsFile(named: string | undefined): Promise<SettingsFile> {
  const file = path.resolve(named ?? settingsPath)
  try {
    const bytes = await realSystem().read(file)
    if (bytes === undefined && named !== undefined) throw new Error('it is not there')
    return { path: file, text: bytes === undefined ? undefined : settingsTextOf(bytes) }
  } catch (error) {
    throw new Stop([diagnose('cli.settings-unreadable', { file, why: reasonOf(error) })], exit.trouble)
  }
}

/** Beside it, synced, renamed; owner and mode stay, and so does a link to it. Throws Stop. */
export async function writeSettingsFile({ path: file }: SettingsFile, text: string): Promise<void> {
  try {
    const target = await realpath(file).catch(() => file)
    const directory = path.dirname(target)
    if (file === settingsPath && !(await realSystem().isDirectory(directory)))
      await realSystem().makeDirectory(directory, { mode: 0o755 })
    // A directory that the caller has named may be anybody's; nothing below it is followed.
    const system = realSystem(directory)
    const name = `/${path.basename(target)}`
    const there = await system.inspect(name)
    const meta: FileMeta =
      there.kind === 'file' ? { mode: there.mode, uid: there.uid, gid: there.gid } : { mode: 0o644 }
    await system.writeAtomic(name, Buffer.from(text), meta)
  } catch (error) {
    throw new Stop([diagnose('cli.settings-not-written', { file, why: reasonOf(error) })])
  }
}
