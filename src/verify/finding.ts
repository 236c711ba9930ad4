// What a checker says, told at the template line and the setting that it comes from.
import path from 'node:path'
import type { Artifact } from '../artifacts/artifact.ts'
import { type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic, Place } from '../diagnostics/diagnostic.ts'
import type { Room, Subject } from './room.ts'

/** A template's line as a pattern of the lines that it makes; undefined for a line that is only a block's tag. */
function patternOf(line: string): RegExp | undefined {
  if (/^\s*\{\{[#/][^}]*\}\}\s*$|^\s*\{\{else\}\}\s*$/.test(line)) return undefined
  const parts = line
    .split(/\{\{[^}]*\}\}/)
    .map((literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/ /g, ' *'))
  return new RegExp(`^${parts.join('.*')}$`)
}

/**
 * The line of the template, counted from 1, that made line `line` of the text: one that fits it, the first after the
 * one that fits the line before. Undefined when none fits.
 */
export function templateLine(template: string, text: string, line: number): number | undefined {
  const wanted = text.split('\n')[line - 1]
  if (wanted === undefined || wanted === '') return undefined
  const lines = template.split('\n')
  const fits = (candidate: string) => candidate !== '' && patternOf(candidate)?.test(wanted) === true
  const exact = lines.indexOf(wanted)
  const index = exact >= 0 ? exact : lines.findIndex(fits)
  return index < 0 ? undefined : index + 1
}

/** Where a setting stands, if it stands anywhere. */
export type PlaceOf = (path: readonly string[]) => Place | undefined

interface Finding {
  artifact: Artifact
  code: DiagnosticCode
  /** What knows the grammar. */
  tool?: string
  /** What it says. */
  message: string
  /** Counted from 1 in the artifact's text; the whole file when absent. */
  line: number | undefined
}

type About = Pick<Subject, 'templates' | 'placeOf'>

/** Tells a finding at the template, and names the setting in the remedy. */
export function tellFinding(
  { artifact, code, tool = '', message, line }: Finding,
  { templates, placeOf }: About,
): Diagnostic {
  const template = [...templates.values()].find(({ file }) => file === artifact.template)?.text ?? ''
  const made = line === undefined ? undefined : artifact.text.split('\n')[line - 1]
  const from = line === undefined ? undefined : templateLine(template, artifact.text, line)
  const at: Place = { file: artifact.template, line: from ?? 1, column: 1 }
  const text = made === undefined ? {} : { text: made, length: Math.max(1, made.length) }
  const path = artifact.from.split('.')
  const place = placeOf(path)
  const setting =
    place === undefined ? artifact.from : `${artifact.from} (${place.file}:${place.line}:${place.column})`
  return diagnose(code, { tool, message, setting }, { path, at: { ...at, ...text } })
}

/** Tells one line of a tool's output at the artifact whose file it names, or at the only one there is. */
export function tellLine(
  { code, tool, said }: { code: DiagnosticCode; tool?: string; said: string },
  among: readonly Artifact[],
  about: About,
): Diagnostic {
  const named = (name: (a: Artifact) => string) => among.find((a) => said.includes(name(a)))
  const artifact = named((a) => a.path) ?? named((a) => path.posix.basename(a.path)) ?? among[0]!
  const name = path.posix.basename(artifact.path).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  // FILE:3: …, FILE: line 3: …, FILE (line 3): …
  const match = new RegExp(`\\S*${name}(?::|: line | \\(line )(\\d+)\\)?:? *(.*)$`).exec(said)
  const line = match === null ? undefined : Number(match[1])
  return tellFinding(
    { artifact, code, ...(tool === undefined ? {} : { tool }), message: match?.[2] || said, line },
    about,
  )
}

/** What no tool looked at: worth a warning when somebody else wrote the template. */
export const skipped = (
  { overridden }: Pick<Room, 'overridden'>,
  artifacts: readonly Artifact[],
  kind: string,
  reason: string,
): Diagnostic[] => {
  const theirs = artifacts.find(({ template }) => overridden.has(template))
  if (theirs === undefined) return [diagnose('gen.check-skipped', { kind, reason })]
  const at = { file: theirs.template, line: 1, column: 1 }
  return [diagnose('gen.check-missing', { kind, reason }, { at })]
}

export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')
