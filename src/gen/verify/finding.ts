// What a checker says, told at the template line and the setting that it comes from.
import { readFileSync } from 'node:fs'
import type { Artifact } from '../../artifacts/artifact.ts'
import { type DiagnosticCode, diagnose } from '../../diagnostics/catalogue.ts'
import type { Diagnostic, Place } from '../../diagnostics/diagnostic.ts'

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

export interface Finding {
  artifact: Artifact
  code: DiagnosticCode
  /** What the tool says. */
  message: string
  /** Counted from 1 in the artifact's text; the whole file when absent. */
  line: number | undefined
}

/** Tells a finding at the template, and names the setting in the remedy. */
export function tellFinding({ artifact, code, message, line }: Finding, placeOf: PlaceOf): Diagnostic {
  const template = readFileSync(artifact.template, 'utf8')
  const made = line === undefined ? undefined : artifact.text.split('\n')[line - 1]
  const from = line === undefined ? undefined : templateLine(template, artifact.text, line)
  const at: Place = { file: artifact.template, line: from ?? 1, column: 1 }
  const text = made === undefined ? {} : { text: made, length: Math.max(1, made.length) }
  const path = artifact.from.split('.')
  const place = placeOf(path)
  const setting =
    place === undefined ? artifact.from : `${artifact.from} (${place.file}:${place.line}:${place.column})`
  return diagnose(code, { message, setting }, { path, at: { ...at, ...text } })
}
