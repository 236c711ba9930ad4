// pktw-gen show KIND
import { kindNames } from '../artifacts/kinds.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { suggest } from '../settings/suggest.ts'
import { make, type SourceOptions } from './source.ts'
import { say, tell } from './terminal.ts'

/** Gives the exit code; throws Stop. */
export async function show(options: SourceOptions & { kind: string }): Promise<number> {
  const { kind } = options
  if (!kindNames.includes(kind)) {
    const near = suggest(kind, kindNames)
    const hint = near === undefined ? `They are ${kindNames.join(', ')}.` : `Did you mean ${near}?`
    throw new Stop([diagnose('gen.kind-unknown', { kind, hint })], exit.trouble)
  }
  const { artifacts, diagnostics } = await make(options)
  const found = artifacts.filter((artifact) => artifact.kind === kind)
  if (found.length === 0) throw new Stop([...diagnostics, diagnose('gen.kind-not-made', { kind })])
  tell(diagnostics)
  say(found.map(({ text }) => text).join(kind === 'fstab-line' ? '' : '\n'))
  return exit.done
}
