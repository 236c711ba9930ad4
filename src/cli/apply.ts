// Shows a plan, asks, runs it: the same for install and uninstall.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { describePlan, describeStep } from '../steps/describe.ts'
import { type Observation, observe } from '../steps/observe.ts'
import { runSteps } from '../steps/run.ts'
import type { Step } from '../steps/step.ts'
import type { Wanted } from '../steps/wanted.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { canAsk, confirm, say, sayJson, tell, waiting } from './terminal.ts'

/** The system that --root names. Throws Stop when it cannot be used. */
export function systemAt(root: string | undefined): System {
  try {
    return realSystem(root ?? '/')
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is not there' : (error as Error).message
    throw new Stop([diagnose('install.no-root-directory', { root: root ?? '/', why })], exit.trouble)
  }
}

/** What is there, as a plan needs it. Throws Stop when the caller may not look (polkit's rules are root's alone). */
export async function look(system: System, wanted?: Wanted): Promise<Observation> {
  try {
    return await observe(system, wanted)
  } catch (error) {
    const { code, path: at = '' } = error as NodeJS.ErrnoException
    if (code !== 'EACCES') throw error
    throw new Stop([diagnose('install.not-readable', { path: at })], exit.trouble)
  }
}

/** Changing the running system is root's. */
export function needRoot(system: System, dryRun: boolean): void {
  if (system.live && system.uid !== 0 && !dryRun) throw new Stop([diagnose('install.not-root')], exit.trouble)
}

export interface PlanToApply {
  steps: Step[]
  diagnostics: Diagnostic[]
  /** Said when there is nothing to do. */
  nothing: string
  question: string
  done: string
}

export interface ApplyOptions {
  dryRun: boolean
  json: boolean
  yes: boolean
}

async function perform(system: System, steps: readonly Step[]) {
  const abort = new AbortController()
  const interrupt = (): void => abort.abort()
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    return await waiting('', (update) =>
      runSteps(steps, system, {
        signal: abort.signal,
        onStep: (step) => update(describeStep(step).text),
      }),
    )
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** Gives the exit code. `verify` looks afterwards whether anything still differs. */
export async function applyPlan(
  system: System,
  plan: PlanToApply,
  options: ApplyOptions,
  verify: () => Promise<Diagnostic[]>,
): Promise<number> {
  const { steps } = plan
  const report = (applied: boolean, diagnostics: readonly Diagnostic[], code: number): number => {
    if (options.json)
      sayJson({
        root: system.root,
        steps: steps.map((step) => ({ do: step.do, ...describeStep(step) })),
        applied,
        diagnostics,
      })
    return code
  }
  if (!options.json) tell(plan.diagnostics)
  if (steps.length === 0) {
    if (!options.json) say(plan.nothing)
    return report(false, plan.diagnostics, exit.done)
  }
  if (!options.json) say(describePlan(steps))
  if (options.dryRun) return report(false, plan.diagnostics, exit.done)
  if (!options.json && !options.yes && canAsk() && !(await confirm(plan.question, true)))
    throw new Stop([diagnose('cli.no-confirmation')])

  const result = await perform(system, steps)
  const after = result.complete ? await verify() : []
  const found = [...result.diagnostics, ...after]
  const good = result.complete && after.length === 0
  if (!options.json) {
    tell(found)
    if (good) say(plan.done)
  }
  return report(result.complete, [...plan.diagnostics, ...found], good ? exit.done : exit.findings)
}
