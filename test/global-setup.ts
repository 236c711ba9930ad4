// What the whole run shares: the programs as they are installed, bundled once, and a directory for everybody's files.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of pktw.mjs and its neighbours, templates among them. Not to be written to. */
    programs: string
    /** Directory for temporary ones, removed after the last test. */
    scratch: string
  }
}

/** In memory where there is such a place: an fsync costs nothing there. */
const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Vitest's global setup: runs before the first test, and gives what to do after the last one. */
export default function setUp(project: TestProject): () => void {
  // As strict as an administrator's may be: what is written for others to read must not depend on it.
  process.umask(0o077)
  const scratch = mkdtempSync(path.join(base, 'pktw-tests-'))
  const remove = () => rmSync(scratch, { recursive: true, force: true })
  const programs = path.join(scratch, 'programs')
  try {
    execFileSync(process.execPath, ['src/bundle.mjs', '--installed', programs])
  } catch (error) {
    remove()
    throw error
  }
  project.provide('programs', programs)
  project.provide('scratch', scratch)
  return remove
}
