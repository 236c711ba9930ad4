// Shows a plan, asks, runs it: the same for install and uninstall.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { describePlan, describeStep } from '../steps/describe.ts'
import { type Observation, observe } from '../steps/observe.ts'
import { previewStep } from '../steps/preview.ts'
import { runSteps } from '../steps/run.ts'
import type { Step } from '../steps/step.ts'
import type { Wanted } from '../steps/wanted.ts'
import { PathRefused } from '../system/confined-path.ts'
import { type Holder, lockSystem } from '../system/lock.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { canAsk, confirm, say, sayJson, tell, waiting } from './terminal.ts'

/** The system that --root names. Throws Stop when it cannot be used. */
export function systemAt(root: string | undefined): System {
  // Of an empty variable: the directory that somebody happens to be in is nobody's root.
  if (root === '')
    throw new Stop([diagnose('install.no-root-directory', { root, why: 'it has no name' })], exit.trouble)
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
    if (error instanceof PathRefused)
      throw new Stop([diagnose('install.path-refused', { why: error.message })])
    if (code !== 'EACCES') throw error
    throw new Stop([diagnose('install.not-readable', { path: at })], exit.trouble)
  }
}

/** Changing the running system is root's. */
export function needRoot(system: System, dryRun: boolean): void {
  if (system.live && system.uid !== 0 && !dryRun) throw new Stop([diagnose('install.not-root')], exit.trouble)
}

/** ms that another installation is waited for. */
const patience = 30_000

const nameOf = (holder: Holder | undefined): string =>
  holder === undefined ? 'another pktw' : `${holder.command} (process ${holder.pid})`

/**
 * Does the work while nobody else changes the same system; `dryRun` changes nothing and waits for nobody. `work` gets what
 * there is to say of the lock.
 * @throws Stop when another does not end in half a minute.
 */
export async function alone<T>(
  system: System,
  dryRun: boolean,
  work: (notes: Diagnostic[]) => Promise<T>,
  patienceMs = patience,
): Promise<T> {
  if (dryRun) return work([])
  const lock = await lockSystem(system.root, {
    patienceMs,
    run: system.run,
    waiting: (holder) => process.stderr.write(`waiting for ${nameOf(holder)}\n`),
  })
  if (lock === 'no-flock') return work([diagnose('install.no-lock')])
  if ('heldBy' in lock)
    throw new Stop([diagnose('install.locked', { holder: nameOf(lock.heldBy) })], exit.trouble)
  try {
    return await work([])
  } finally {
    await lock.release()
  }
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
  /** Show the lines of new files as well. */
  diff?: boolean
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

/** Gives the exit code. */
export async function applyPlan(system: System, plan: PlanToApply, options: ApplyOptions): Promise<number> {
  const { steps } = plan
  const changes = new Map<Step, string[]>()
  for (const step of steps) changes.set(step, await previewStep(system, step, options.diff === true))
  const report = (applied: boolean, diagnostics: readonly Diagnostic[], code: number): number => {
    if (options.json)
      sayJson({
        root: system.root,
        steps: steps.map((step) => ({ do: step.do, ...describeStep(step), diff: changes.get(step) ?? [] })),
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
  if (!options.json) say(describePlan(steps, (step) => changes.get(step) ?? []))
  if (options.dryRun) return report(false, plan.diagnostics, exit.done)
  if (!options.json && !options.yes && canAsk() && !(await confirm(plan.question, true)))
    throw new Stop([diagnose('cli.no-confirmation')])

  const { complete, diagnostics } = await perform(system, steps)
  if (!options.json) {
    tell(diagnostics)
    if (complete) say(plan.done)
  }
  return report(complete, [...plan.diagnostics, ...diagnostics], complete ? exit.done : exit.findings)
}
