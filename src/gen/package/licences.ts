// The licences of what is in the programs, as packages tell them.
import type { Licence } from '../../system/bundle.ts'

/** Packages under the same words. */
export interface LicenceGroup {
  license: string
  /** `node_modules/yaml/*` in the source; `*` for pktw itself. */
  files: string[]
  /** Names and versions: `yaml 2.9.1`. */
  names: string[]
  /** Lines of the text that say whose it is. */
  copyrights: string[]
  text: string
}

/** "Copyright (c) 2015 …", and not "the above copyright notice". */
const claim = /^\W*((?:modified work )?copyright (?:\(c\)|©|by |\d{4}|[A-Z][a-z]+ [A-Z]).*)$/i

function copyrightsOf(text: string): string[] {
  const lines = text.split('\n').flatMap((line) => claim.exec(line)?.[1]?.trim() ?? [])
  // The Apache licence's advice on how to use it is nobody's claim.
  return lines.filter((line) => !/\[yyyy\]|notice|owner|holder/i.test(line))
}

export function licenceGroups(licences: readonly Licence[]): LicenceGroup[] {
  const groups = new Map<string, LicenceGroup>()
  for (const [index, { name, version, license, text }] of licences.entries()) {
    const key = index === 0 ? '' : `${license} ${text}`
    const group = groups.get(key) ?? { license, files: [], names: [], copyrights: copyrightsOf(text), text }
    group.files.push(index === 0 ? '*' : `node_modules/${name}/*`)
    group.names.push(`${name} ${version}`)
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** One SPDX expression for all of it. */
export const spdxOf = (licences: readonly Licence[]): string =>
  [...new Set(licences.map(({ license }) => license))]
    .sort()
    .map((license) => (/ /.test(license) ? `(${license})` : license))
    .join(' AND ')
