// pktw-gen check
import { existsSync } from 'node:fs'
import { hasErrors } from '../diagnostics/diagnostic.ts'
import { exit } from '../diagnostics/stop.ts'
import { run } from '../system/run.ts'
import { verify } from '../verify/verify.ts'
import { make, type SourceOptions } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'

/** Gives the exit code; throws Stop. */
export async function check(options: SourceOptions & { json: boolean }): Promise<number> {
  const made = await make(options)
  const diagnostics = [...made.diagnostics, ...(await verify(made, { run, exists: existsSync }))]
  const good = !hasErrors(diagnostics)
  if (options.json) sayJson({ ok: good, diagnostics })
  else {
    tell(diagnostics)
    if (good) say(`${made.artifacts.length} artifacts: nothing to complain of`)
  }
  return good ? exit.done : exit.findings
}
