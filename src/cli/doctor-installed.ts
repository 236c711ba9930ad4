// What `pktw doctor` has to know of the installation.
import { hasErrors } from '../diagnostics/diagnostic.ts'
import { installedBy, rulesFiles } from '../disc/status-report.ts'
import type { MachineFacts } from '../doctor/facts.ts'
import { differences } from '../steps/differences.ts'
import { type Observation, observe } from '../steps/observe.ts'
import { planInstall } from '../steps/plan-install.ts'
import type { System } from '../system/system.ts'
import { wantedOf } from './wanted-of.ts'

type Installed = MachineFacts['installed']

/** The interpreter that the rule calls, as templates/udev/61-pktw.rules has it. */
async function installedNode(system: System): Promise<string | undefined> {
  for (const file of rulesFiles) {
    const rules = (await system.read(file).catch(() => undefined))?.toString('utf8')
    const node = /IMPORT\{program\}="'?([^' "]+)/.exec(rules ?? '')?.[1]
    if (node !== undefined) return node
  }
  return undefined
}

/** What an install with the settings as they are would change, apart from what somebody changed. */
async function step(
  system: System,
  changed: ReadonlySet<string>,
  node: string | undefined,
  bundle: string | undefined,
): Promise<Partial<Installed>> {
  const options = { config: undefined, mount: undefined, where: undefined, node }
  const { value: wanted, diagnostics } = await wantedOf(system, options, bundle)
  const broken = diagnostics.find((d) => d.severity === 'error' && d.code.startsWith('settings.'))
  if (broken !== undefined) {
    const { at, message } = broken
    return { settingsProblem: at === undefined ? message : `line ${at.line}: ${message}` }
  }
  if (wanted === undefined || hasErrors(diagnostics)) return {}
  const { value: steps = [] } = planInstall(wanted, await observe(system, wanted))
  const changing = ['writeFile', 'makeSymlink', 'makeDirectory', 'removeFile', 'editFstab', 'restore']
  const paths = steps.flatMap((s) => (changing.includes(s.do) && 'path' in s ? [s.path] : []))
  return {
    outOfStep: [...new Set(paths)].filter((p) => !p.endsWith('/manifest.json') && !changed.has(p)),
  }
}

/** Works for an ordinary user as far as that one may look. `bundle`: where the programs lie that would be installed. */
export async function installedFacts(system: System, bundle?: string): Promise<Installed> {
  const by = await installedBy(system)
  const node = await installedNode(system)
  const gone = node !== undefined && !(await system.exists(node))
  const plain: Installed = {
    by,
    unfinished: false,
    leftovers: [],
    differences: [],
    outOfStep: [],
    ...(gone ? { goneNode: node } : {}),
  }
  if (by !== 'manifest') return plain
  let seen: Observation
  try {
    seen = await observe(system)
  } catch {
    // polkit's directory is root's alone.
    return plain
  }
  const found = differences(seen).filter((d) => d.what !== 'edited')
  return {
    ...plain,
    unfinished: typeof seen.manifest === 'object' && seen.manifest.state === 'under-way',
    leftovers: seen.leftovers.map((l) => l.path),
    differences: found.map(({ path, detail }) => ({ path, detail })),
    ...(await step(system, new Set(found.map((d) => d.path)), node, bundle).catch(() => ({}))),
  }
}
