// pktw-gen explain FILE
import path from 'node:path'
import type { Artifact } from '../artifacts/artifact.ts'
import { type Explanation, explainArtifact } from '../artifacts/explain.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Place } from '../diagnostics/diagnostic.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { suggest } from '../settings/suggest.ts'
import { type Made, make, type SourceOptions } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'

/** By path, by name, or by kind. Throws Stop when it is none of them. */
function find(artifacts: readonly Artifact[], name: string): Artifact[] {
  const nameOf = (artifact: Artifact): string => path.posix.basename(artifact.path)
  for (const fits of [
    (a: Artifact) => a.path === name,
    (a: Artifact) => nameOf(a) === name,
    (a: Artifact) => a.kind === name,
  ]) {
    const found = artifacts.filter(fits)
    if (found.length > 0) return found
  }
  const names = [...new Set(artifacts.flatMap((a) => [nameOf(a), a.kind]))]
  const near = suggest(name, names)
  const hint = near === undefined ? 'They are in pktw-gen list.' : `Did you mean ${near}?`
  throw new Stop([diagnose('gen.file-unknown', { name, hint })], exit.trouble)
}

/** `drives[0]` → ['drives', 0] */
const stepsOf = (setting: string): (string | number)[] =>
  setting.split(/\.|(?=\[)/).map((step) => (step.startsWith('[') ? Number(step.slice(1, -1)) : step))

/** Where a setting stands; undefined for one that the file leaves out. */
function placeIn({ placeOf }: Made, setting: string): Place | undefined {
  const steps = stepsOf(setting)
  const place = placeOf(steps)
  const key = steps.at(-1)
  return typeof key === 'number' || place?.text?.includes(String(key)) === true ? place : undefined
}

function asText({ artifact, lines, settings }: Explanation, made: Made): string {
  const { config } = made
  const place = (setting: string): string => {
    const at = placeIn(made, setting)
    return at === undefined ? setting : `${setting}:${at.line}`
  }
  const columns = lines.map((line) => ({
    number: String(line.line),
    settings: line.settings.map(place).join(' '),
    text: line.text,
  }))
  const width = Math.min(36, Math.max(...columns.map((line) => line.settings.length)))
  const rows = columns.map(({ number, settings: names, text }) => {
    const front = `${number.padStart(4)}  `
    // Many names go above their line.
    return names.length > width
      ? `${front}${names}\n${' '.repeat(front.length + width)} │ ${text}`.trimEnd()
      : `${front}${names.padEnd(width)} │ ${text}`.trimEnd()
  })
  const why = settings.length === 0 ? [] : [`# there because of ${settings.map(place).join(' ')}`]
  const from = config === undefined ? [] : [`# settings with their lines in ${config}`]
  const title = [`# ${artifact.path}`, `# template ${artifact.template}, with its lines`, ...from, ...why]
  return `${[...title, ...rows].join('\n')}\n`
}

/** Gives the exit code; throws Stop. */
export async function explain(options: SourceOptions & { file: string; json: boolean }): Promise<number> {
  const made = await make(options)
  const { settings, layout, templates } = made
  const explanations = find(made.artifacts, options.file).map((artifact) =>
    explainArtifact(artifact, settings, layout, templates, made.release),
  )
  if (options.json)
    sayJson(
      explanations.map(({ artifact, lines, ...rest }) => ({
        path: artifact.path,
        template: artifact.template,
        settings: rest.settings,
        lines: lines.map((line) => ({
          ...line,
          settings: line.settings.map((setting) => {
            const at = placeIn(made, setting)
            return { setting, ...(at === undefined ? {} : { file: at.file, line: at.line }) }
          }),
        })),
      })),
    )
  else {
    tell(made.diagnostics)
    say(explanations.map((explanation) => asText(explanation, made)).join('\n'))
  }
  return exit.done
}
