// What `pktw doctor` has to know of the installation.
import { hasErrors } from '../diagnostics/diagnostic.ts'
import type { MachineFacts } from '../doctor/facts.ts'
import { differences } from '../steps/differences.ts'
import { type Observation, observe } from '../steps/observe.ts'
import { planInstall } from '../steps/plan-install.ts'
import type { System } from '../system/system.ts'
import { installedBy, rulesFiles } from './status-report.ts'
import { wantedOf } from './wanted-of.ts'

type Installed = MachineFacts['installed']

/** The interpreter that the rule calls, as templates/udev/61-pktw.rules has it. */
async function goneNode(system: System): Promise<{ goneNode?: string }> {
  for (const file of rulesFiles) {
    const rules = (await system.read(file).catch(() => undefined))?.toString('utf8')
    const node = /IMPORT\{program\}="'?([^' "]+)/.exec(rules ?? '')?.[1]
    if (node !== undefined && !(await system.exists(node))) return { goneNode: node }
  }
  return {}
}

/** What an install with the settings as they are would change, apart from what somebody changed. */
async function step(system: System, changed: ReadonlySet<string>): Promise<Partial<Installed>> {
  const { value: wanted, diagnostics } = await wantedOf(system, {
    config: undefined,
    mount: undefined,
    where: undefined,
    node: undefined,
  })
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

/** Works for an ordinary user as far as that one may look. */
export async function installedFacts(system: System): Promise<Installed> {
  const by = await installedBy(system)
  const plain: Installed = {
    by,
    unfinished: false,
    leftovers: [],
    differences: [],
    outOfStep: [],
    ...(await goneNode(system)),
  }
  if (by !== 'manifest') return plain
  let seen: Observation
  try {
    seen = await observe(system)
  } catch {
    // polkit's directory is root's alone.
    return plain
  }
  const found = differences(seen)
  return {
    ...plain,
    unfinished: typeof seen.manifest === 'object' && seen.manifest.state === 'under-way',
    leftovers: seen.leftovers.map((l) => l.path),
    differences: found.map(({ path, detail }) => ({ path, detail })),
    ...(await step(system, new Set(found.map((d) => d.path))).catch(() => ({}))),
  }
}
