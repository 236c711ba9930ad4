// Runs a plan; what fails or is interrupted half way is undone in reverse.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { System } from '../system/system.ts'
import { describeStep } from './describe.ts'
import { performers, type StepContext, type Undo } from './perform.ts'
import type { Step, StepName, StepOf } from './step.ts'

export interface RunReport {
  /** Every step was done. */
  complete: boolean
  diagnostics: Diagnostic[]
}

export interface RunOptions {
  /** Called before each step. */
  onStep?: (step: Step) => void
  /** Aborted by Ctrl-C: the step that runs is finished, then all is undone. */
  signal?: AbortSignal
}

const perform = <K extends StepName>(step: StepOf<K>, context: StepContext): Promise<void> =>
  performers[step.do as K](step, context)

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function undoAll(done: { step: Step; undo: Undo }[]): Promise<Diagnostic[]> {
  const diagnostics: Diagnostic[] = []
  for (const { step, undo } of done.reverse()) {
    try {
      await undo()
    } catch (error) {
      // The others are still worth undoing.
      diagnostics.push(
        diagnose('install.undo-failed', { step: describeStep(step).text, why: message(error) }),
      )
    }
  }
  return diagnostics.length > 0 ? diagnostics : [diagnose('install.undone')]
}

/** Performs the steps in order. Never rejects: a failure is in the report, after everything was put back. */
export async function runSteps(
  steps: readonly Step[],
  system: System,
  options: RunOptions = {},
): Promise<RunReport> {
  const notes: Diagnostic[] = []
  const done: { step: Step; undo: Undo }[] = []
  for (const step of steps) {
    const text = describeStep(step).text
    try {
      if (options.signal?.aborted) {
        notes.push(diagnose('install.interrupted', { step: text }))
        return { complete: false, diagnostics: [...notes, ...(await undoAll(done))] }
      }
      options.onStep?.(step)
      await perform(step, {
        system,
        note: (d) => notes.push(d),
        undoBy: (undo) => done.push({ step, undo }),
      })
    } catch (error) {
      notes.push(diagnose('install.step-failed', { step: text, why: message(error) }))
      return { complete: false, diagnostics: [...notes, ...(await undoAll(done))] }
    }
  }
  return { complete: true, diagnostics: notes }
}
