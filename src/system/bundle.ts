// The programs and templates that are installed, and the licences of what is in them: they lie beside the running bundle.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'

/** A program or template of the build: its name below the library directory. */
export interface ProgramFile {
  name: string
  bytes: Uint8Array
  mode: number
}

/** One package whose code is in the programs, ours first. */
export interface Licence {
  name: string
  version: string
  /** SPDX expression. */
  license: string
  /** As its file has it. */
  text: string
}

/** Made by src/bundle.mjs. */
const licencesFile = 'licences.json'

const bundles = [
  'pktw.mjs',
  'pktw-gen.mjs',
  'pktw-probe.mjs',
  'pktw-hook.mjs',
  'pktw-engine.mjs',
  'pktwd.mjs',
  'pktw-session.mjs',
]

/** Reads them all; the first that is missing is told, since a half build is no build. */
export async function readPrograms(
  directory = path.dirname(fileURLToPath(import.meta.url)),
): Promise<Outcome<ProgramFile[]>> {
  const files: ProgramFile[] = []
  let file = ''
  try {
    for (file of bundles)
      files.push({ name: file, bytes: await readFile(path.join(directory, file)), mode: 0o755 })
    file = licencesFile
    files.push({ name: file, bytes: await readFile(path.join(directory, file)), mode: 0o644 })
    file = 'templates'
    const names = await readdir(path.join(directory, file), { recursive: true })
    for (const name of names.filter((n) => n.endsWith('.hbs')).sort())
      files.push({
        name: path.join('templates', name),
        bytes: await readFile(path.join(directory, 'templates', name)),
        mode: 0o644,
      })
    return { value: files, diagnostics: [] }
  } catch {
    return { diagnostics: [diagnose('install.no-programs', { file, directory })] }
  }
}

/** The licences among what `readPrograms` gave. */
export function licencesIn(files: readonly ProgramFile[]): Licence[] {
  const file = files.find(({ name }) => name === licencesFile)
  return file === undefined ? [] : (JSON.parse(Buffer.from(file.bytes).toString('utf8')) as Licence[])
}
