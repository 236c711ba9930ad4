// The programs as they are installed, bundled once for the whole run; and, on the other side, where a test finds them.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of pktw.mjs and its neighbours, templates among them. Not to be written to. */
    programs: string
  }
}

/** Vitest's global setup: runs before the first test, and gives what to do after the last one. */
export default function bundle(project: TestProject): () => void {
  // As strict as an administrator's may be: what is written for others to read must not depend on it.
  process.umask(0o077)
  const directory = mkdtempSync(path.join(tmpdir(), 'pktw-programs-'))
  const remove = () => rmSync(directory, { recursive: true, force: true })
  try {
    execFileSync(process.execPath, ['src/bundle.mjs', '--installed', directory])
  } catch (error) {
    remove()
    throw error
  }
  project.provide('programs', directory)
  return remove
}
