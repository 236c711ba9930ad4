// The programs and templates that are installed: those that lie beside the running bundle.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'
import type { ProgramFile } from '../steps/wanted.ts'

const bundles = [
  'pktw.mjs',
  'pktw-gen.mjs',
  'pktw-probe.mjs',
  'pktw-hook.mjs',
  'pktw-engine.mjs',
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
