// Directories and files below a root that need not be there yet.
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { lookThrough } from './look.ts'
import type { System } from './system.ts'

/**
 * Makes a directory of this machine, and those above it that are missing. Each is asked for once: mkdir(2) below /proc says
 * ENOENT for ever, and Node's own `recursive` asks for as long as it does.
 * @throws the error of mkdir(2).
 */
export async function makeDirectories(directory: string): Promise<void> {
  const missing: string[] = []
  for (let at = path.resolve(directory); lookThrough(at) === undefined; at = path.dirname(at))
    missing.unshift(at)
  for (const at of missing)
    await mkdir(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
}

async function makeParents(system: System, directory: string): Promise<void> {
  if (directory === '/' || (await system.isDirectory(directory))) return
  await makeParents(system, path.dirname(directory))
  await system.makeDirectory(directory, { mode: 0o755 })
}

/** With the directories above it; what was there is replaced. Rejects as System does. */
export async function putFile(
  system: System,
  file: { path: string; mode: number; text: string },
): Promise<void> {
  await makeParents(system, path.dirname(file.path))
  await system.writeAtomic(file.path, Buffer.from(file.text), { mode: file.mode })
}
