// pktw-gen check
import { existsSync } from 'node:fs'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { hasErrors } from '../diagnostics/diagnostic.ts'
import { exit } from '../diagnostics/stop.ts'
import { run } from '../system/run.ts'
import { filesOf } from './files.ts'
import { type Made, make, type SourceOptions } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'
import { checkFstab, checkPolkit, checkUdev, checkUnits, type Run } from './verify/checkers.ts'
import { inRoom } from './verify/room.ts'

/** What the tools of this machine find in the files. `program` and `exists` are the machine. */
export async function verify(
  made: Made,
  program: Run,
  exists: (file: string) => boolean,
): Promise<Diagnostic[]> {
  const { artifacts, layout, placeOf } = made
  return inRoom(filesOf(artifacts, layout), layout, async (root) => {
    const room = { root, artifacts, layout, run: program, placeOf }
    return [
      ...(await checkUdev(room)),
      ...(await checkUnits(room)),
      ...(await checkFstab(room)),
      ...(await checkPolkit(room, exists)),
    ]
  })
}

/** Gives the exit code; throws Stop. */
export async function check(options: SourceOptions & { json: boolean }): Promise<number> {
  const made = await make(options)
  const diagnostics = [...made.diagnostics, ...(await verify(made, run, existsSync))]
  const good = !hasErrors(diagnostics)
  if (options.json) sayJson({ ok: good, diagnostics })
  else {
    tell(diagnostics)
    if (good) say(`${made.artifacts.length} artifacts: nothing to complain of`)
  }
  return good ? exit.done : exit.findings
}
