// What the whole run shares: the programs as they are installed, bundled once, and a directory for everybody's files.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { makeScratch } from './scratch.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Directory of pktw.mjs and its neighbours, templates among them. Not to be written to. */
    programs: string
    /** Directory for temporary ones, removed after the last test. */
    scratch: string
  }
}

/** Ends the run with the reason alone where there is no place for its files: of an error Vitest shows the stack, and no test file. */
function orEnd(make: () => string): string {
  try {
    return make()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exit(1)
  }
}

/** Vitest's global setup: runs before the first test, and gives what to do after the last one. */
export default function setUp(project: TestProject): () => void {
  // As strict as an administrator's may be: what is written for others to read must not depend on it.
  process.umask(0o077)
  const scratch = orEnd(makeScratch)
  // Some tests act as several users: they pass through.
  chmodSync(scratch, 0o711)
  // Here, too, goes what the tests, the code under test and programs put into the directory for temporary files.
  process.env.TMPDIR = path.join(scratch, 'tmp')
  mkdirSync(process.env.TMPDIR)
  chmodSync(process.env.TMPDIR, 0o1777)
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
