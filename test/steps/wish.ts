// A small installation for the tests of the planner, and install and uninstall as the CLI puts them together.
import { observe } from '../../src/steps/observe.ts'
import { planInstall } from '../../src/steps/plan-install.ts'
import { planUninstall } from '../../src/steps/plan-uninstall.ts'
import { type RunReport, runSteps } from '../../src/steps/run.ts'
import type { Step } from '../../src/steps/step.ts'
import type { Wanted } from '../../src/steps/wanted.ts'
import type { System } from '../../src/system/system.ts'

const file = (path: string, text: string, mode = 0o644, editable = false): Wanted['files'][number] => ({
  path,
  mode,
  bytes: Buffer.from(text),
  about: 'test',
  editable,
  keepChanges: path.startsWith('/etc/'),
})

export const settingsFile = '/etc/pktw/pktw.yaml'
export const rulesFile = '/etc/udev/rules.d/61-pktw.rules'
export const line = '/dev/pktcdvd/pktcdvd0 /media/cdvdrw udf noauto,noatime 0 0'

/** What most tests install; `change` overrides parts. */
export const wish = (change: Partial<Wanted> = {}): Wanted => ({
  files: [
    file('/usr/lib/pktw/pktw.mjs', '#!/usr/bin/node\n', 0o755),
    file('/usr/lib/pktw/templates/udev/61-pktw.rules.hbs', 'template'),
    file(rulesFile, '# rules\n'),
    file(settingsFile, '# settings\n', 0o644, true),
  ],
  symlinks: [{ path: '/usr/bin/pktw', target: '../lib/pktw/pktw.mjs', about: 'command' }],
  directories: [{ path: '/media/cdvdrw', mode: 0o755, about: 'mount point' }],
  fstabLines: [line],
  mountPoints: ['/media/cdvdrw'],
  modules: ['sg', 'nbd', 'udf'],
  tmpfiles: ['/etc/tmpfiles.d/pktw.conf'],
  ...change,
})

export { file as wantedFile }

export async function planned(system: System, wanted: Wanted): Promise<Step[]> {
  const { value, diagnostics } = planInstall(wanted, await observe(system, wanted))
  if (value === undefined) throw new Error(`refused: ${diagnostics.map((d) => d.code).join(', ')}`)
  return value
}

export const installInto = async (system: System, wanted = wish()): Promise<RunReport> =>
  runSteps(await planned(system, wanted), system)

/** Codes of the diagnostics of the plan, and of the run if there was one. */
export async function installCodesOf(system: System, wanted = wish()): Promise<string[]> {
  const plan = planInstall(wanted, await observe(system, wanted))
  const run = plan.value === undefined ? [] : (await runSteps(plan.value, system)).diagnostics
  return [...plan.diagnostics, ...run].map((d) => d.code)
}

export async function uninstallFrom(system: System): Promise<RunReport> {
  const plan = planUninstall(await observe(system))
  const report = await runSteps(plan.value ?? [], system)
  return { ...report, diagnostics: [...plan.diagnostics, ...report.diagnostics] }
}
