// Which scenarios there are, and which of them are wanted.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { DiscKind } from '../drive/kinds.ts'
import { LabError } from './host.ts'
import type { Suite } from './recipe.ts'
import type { Scenario } from './scenario.ts'

/** One scenario for one medium. */
export interface Case {
  /** File name without ending, and the medium where there are several: `insert/cd-rw`. */
  id: string
  name: string
  describe: string
  medium?: DiscKind
  scenario: Scenario
}

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'scenarios')

/** Every *.mjs in dist/lab/scenarios, each medium of each as a case. */
export const loadScenarios = async (): Promise<Case[]> => {
  const names = (await readdir(folder).catch(() => [])).filter((n) => n.endsWith('.mjs')).sort()
  const cases: Case[] = []
  for (const file of names) {
    const name = file.replace(/(\.scenario)?\.mjs$/, '')
    const { default: scenario } = (await import(pathToFileURL(path.join(folder, file)).href)) as {
      default: Scenario
    }
    const { describe } = scenario
    if (!scenario.media) cases.push({ id: name, name, describe, scenario })
    else
      for (const medium of scenario.media)
        cases.push({ id: `${name}/${medium}`, name, describe, medium, scenario })
  }
  return cases
}

export interface Wish {
  /** `insert` or `insert/cd-rw`; none: all. */
  names: string[]
  suite: Suite
  media: string[]
  smoke: boolean
}

/** The cases that were asked for. Throws LabError for a name that fits none. */
export const selectScenarios = (cases: Case[], wish: Wish): Case[] => {
  for (const name of wish.names) {
    if (!cases.some((c) => c.name === name || c.id === name)) {
      throw new LabError(
        `no scenario ${name}; there are: ${[...new Set(cases.map((c) => c.name))].join(', ')}`,
      )
    }
  }
  return cases.filter(({ id, name, medium, scenario }) => {
    if (wish.names.length > 0 && !wish.names.includes(name) && !wish.names.includes(id)) return false
    if (scenario.bench === true && wish.names.length === 0) return false
    if (scenario.suites && !scenario.suites.includes(wish.suite)) return false
    if (wish.media.length > 0 && medium && !wish.media.includes(medium)) return false
    if (!wish.smoke) return true
    const smoke = scenario.smoke ?? false
    return typeof smoke === 'boolean' ? smoke : medium !== undefined && smoke.includes(medium)
  })
}
