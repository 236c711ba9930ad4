// pktw-gen tree
import { described, filesOf } from '../artifacts/files.ts'
import { leftOverPaths } from '../artifacts/optional.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { compare, describeDrift, diffOf } from './compare.ts'
import { type Made, makeVerified, type SourceOptions } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'
import { writeTree } from './write.ts'

export interface TreeOptions extends SourceOptions {
  destdir: string | undefined
  diff: string | undefined
  check: string | undefined
  dryRun: boolean
  json: boolean
}

/** Gives the exit code; throws Stop. */
export async function tree(options: TreeOptions): Promise<number> {
  const { destdir, diff, check } = options
  if ([destdir, diff, check].filter((directory) => directory !== undefined).length !== 1)
    throw new Stop([diagnose('gen.tree-how')], exit.trouble)
  for (const option of ['destdir', 'diff', 'check'] as const)
    if (options[option] === '')
      throw new Stop([diagnose('gen.directory-unnamed', { option: `--${option}` })], exit.trouble)
  const made = await makeVerified(options)
  return destdir === undefined
    ? await against((diff ?? check) as string, made, { json: options.json, whole: diff !== undefined })
    : await write(destdir, made, options)
}

async function write(destdir: string, made: Made, options: TreeOptions): Promise<number> {
  const { artifacts, layout, diagnostics } = made
  const files = filesOf(artifacts, layout)
  if (!options.dryRun) await writeTree(destdir, files)
  if (options.json) sayJson({ destdir, written: !options.dryRun, files: files.map(described), diagnostics })
  else {
    tell(diagnostics)
    say(files.map((file) => file.path).join('\n'))
  }
  return exit.done
}

/** Compares; `whole`: with all lines that differ. */
async function against(
  directory: string,
  made: Made,
  { json, whole }: { json: boolean; whole: boolean },
): Promise<number> {
  const { artifacts, layout, diagnostics, settings } = made
  const files = filesOf(artifacts, layout)
  const leftOver = leftOverPaths(settings, layout, new Set(files.map((file) => file.path)))
  const drifts = await compare(directory, {
    files,
    layout,
    leftOver,
    unread: (path) => diagnostics.push(diagnose('gen.compare-unread', { path })),
  })
  if (json)
    sayJson({
      directory,
      drift: drifts.map((drift) => ({
        path: drift.path,
        what: drift.what,
        text: describeDrift(drift),
        ...(whole ? { diff: diffOf(drift) } : {}),
      })),
      diagnostics,
    })
  else {
    tell(diagnostics)
    say(drifts.map(whole ? diffOf : (drift) => `${describeDrift(drift)}\n`).join(''))
  }
  return drifts.length === 0 ? exit.done : exit.findings
}
