// Where each line of an artifact comes from: the line of the template, and the settings that would change it.

import { render, type Template, type Templates, templateLines } from '../render/render.ts'
import { keptLines } from '../render/unified-diff.ts'
import type { Settings } from '../settings/settings.ts'
import type { Artifact, Layout } from './artifact.ts'
import { variantsOf } from './influence.ts'
import type { Kind } from './kind.ts'
import { kinds } from './kinds.ts'
import { type Release, release } from './release.ts'

interface LineOrigin {
  text: string
  /** Of the template, counted from 1. */
  line: number
  /** As a user names them: `mount.where`. None for what is always so. */
  settings: string[]
}

export interface Explanation {
  artifact: Artifact
  lines: LineOrigin[]
  /** Settings that decide whether the file is there at all, and where. */
  settings: string[]
}

/** The files of one kind under other settings, as texts. Undefined where they cannot be made. */
function textsOf(
  row: Kind,
  template: Template,
  settings: Settings,
  layout: Layout,
  about: Release,
): { path: string; text: string }[] | undefined {
  try {
    return row
      .instances(settings, layout, about)
      .map(({ path, data }) => ({ path, text: render(template, data) }))
  } catch {
    return undefined
  }
}

/** Explains an artifact that `generate` made from the same. Throws as render does. */
export function explainArtifact(
  artifact: Artifact,
  settings: Settings,
  layout: Layout,
  templates: Templates,
  about: Release = release,
): Explanation {
  const row = kinds.find(({ kind }) => kind === artifact.kind) as Kind
  const template = templates.get(row.template) as Template
  const instances = row.instances(settings, layout, about)
  const own = (text: string, data: Record<string, unknown>) => render(template, data) === text
  const index = instances.findIndex(({ path, data }) => path === artifact.path && own(artifact.text, data))
  const numbers = templateLines(template, instances[index]?.data ?? {})
  const texts = artifact.text.replace(/\n$/, '').split('\n')
  const found = texts.map(() => new Set<string>())
  const whole = new Set<string>()
  for (const variant of variantsOf(settings)) {
    const made = textsOf(row, template, variant.settings, layout, about)
    if (made === undefined) continue
    const other = made.find(({ path }) => path === artifact.path && instances.length === 1) ?? made[index]
    if (other?.path !== artifact.path) whole.add(variant.setting)
    if (other === undefined) continue
    const kept = keptLines(artifact.text, other.text)
    for (const [line, stays] of kept.entries()) if (!stays) found[line]?.add(variant.setting)
  }
  const lines = texts.map((text, at) => ({ text, line: numbers[at] ?? 1, settings: [...(found[at] ?? [])] }))
  return { artifact, lines, settings: [...whole] }
}
