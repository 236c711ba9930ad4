// pktw-gen list
import { kinds } from '../artifacts/kinds.ts'
import { exit } from '../diagnostics/stop.ts'
import { make, type SourceOptions } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'

/** Gives the exit code; throws Stop. */
export async function list(options: SourceOptions & { json: boolean }): Promise<number> {
  const { artifacts, diagnostics } = await make(options)
  const rows = kinds.map(({ kind, what, template, from }) => ({
    kind,
    what,
    template,
    from,
    paths: artifacts.filter((a) => a.kind === kind).map((a) => a.path),
  }))
  if (options.json) {
    sayJson({ artifacts: rows, diagnostics })
    return exit.done
  }
  tell(diagnostics)
  const width = Math.max(...rows.map((row) => row.kind.length))
  const indent = ' '.repeat(width + 2)
  for (const { kind, what, paths } of rows) {
    say(`${kind.padEnd(width)}  ${what}`)
    say(
      paths.length === 0
        ? `${indent}(not asked for by the settings)`
        : paths.map((p) => indent + p).join('\n'),
    )
  }
  return exit.done
}
