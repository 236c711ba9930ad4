// Groups that rules and units name: systemd-sysusers makes the missing ones, and only those are taken away again.
import type { System } from '../system/system.ts'
import type { ManifestRecord } from './manifest.ts'
import type { Observation } from './observe.ts'
import { type Part, part } from './plan-file.ts'
import type { Step } from './step.ts'
import type { Wanted } from './wanted.ts'

const groupPath = '/etc/group'

export interface Group {
  gid: string
  /** It has members, or somebody has it from the start (passwd(5)). */
  used: boolean
}

const fieldsOf = (text: string): string[][] => text.split('\n').map((line) => line.split(':'))

/** The groups of group(5), by name. */
export function groupsIn(group: string, passwd: string): Map<string, Group> {
  const primary = new Set(fieldsOf(passwd).map((fields) => fields[3]))
  return new Map(
    fieldsOf(group).flatMap(([name = '', , gid = '', members = '']): [string, Group][] =>
      name === '' ? [] : [[name, { gid, used: members.trim() !== '' || primary.has(gid) }]],
    ),
  )
}

/** What is in the files of the system, and those of `names` that a running system has from elsewhere: a directory service. */
export async function observeGroups(
  system: System,
  names: readonly string[],
): Promise<ReadonlyMap<string, Group>> {
  const text = async (file: string): Promise<string> => (await system.read(file))?.toString('utf8') ?? ''
  const found = groupsIn(await text(groupPath), await text('/etc/passwd'))
  for (const name of names)
    if (system.live && !found.has(name)) {
      const { code, stdout } = await system.run('getent', ['group', name])
      const [, , gid] = stdout.split(':')
      if (code === 0 && gid !== undefined) found.set(name, { gid, used: true })
    }
  return found
}

/** Groups are made on a running system only: an image has them made when it starts. */
export function planGroups(wanted: Wanted, seen: Observation, old: readonly ManifestRecord[]): Part {
  const { path, names } = wanted.groups ?? { path: '', names: [] }
  const made = new Set(old.flatMap((r) => (r.kind === 'group' ? [r.name] : [])))
  const live = seen.live && seen.init === 'systemd'
  const missing = live ? names.filter((name) => !seen.groups.has(name)) : []
  const steps: Step[] = missing.length > 0 ? [{ do: 'createGroups', path, names: missing }] : []
  const records = names
    .filter((name) => missing.includes(name) || made.has(name))
    .map((name): ManifestRecord => ({ kind: 'group', path: groupPath, name }))
  return part({ steps, records })
}
