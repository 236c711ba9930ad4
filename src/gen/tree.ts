// pktw-gen tree

import { exit } from '../diagnostics/stop.ts'
import { described, filesOf } from './files.ts'
import { make, type SourceOptions } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'
import { writeTree } from './write.ts'

export interface TreeOptions extends SourceOptions {
  destdir: string
  dryRun: boolean
  json: boolean
}

/** Gives the exit code; throws Stop. */
export async function tree(options: TreeOptions): Promise<number> {
  const { artifacts, layout, diagnostics } = await make(options)
  const files = filesOf(artifacts, layout)
  if (!options.dryRun) await writeTree(options.destdir, files)
  if (options.json)
    sayJson({ destdir: options.destdir, written: !options.dryRun, files: files.map(described), diagnostics })
  else {
    tell(diagnostics)
    say(files.map((file) => file.path).join('\n'))
  }
  return exit.done
}
