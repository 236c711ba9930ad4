// Runs a plan; what fails or is interrupted half way is undone in reverse.
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import type { System } from '../system/system.ts'
import { describeStep } from './describe.ts'
import { failureOf, messageOf } from './failure.ts'
import { manifestPath } from './manifest.ts'
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

type Done = { step: Step; undo: Undo }

/** It changes what the manifest says of the machine. */
const changesManifest = (step: Step): boolean =>
  step.do === 'begin' || step.do === 'end' || (step.do === 'writeFile' && step.path === manifestPath)

async function undoAll(done: Done[]): Promise<Diagnostic[]> {
  const diagnostics: Diagnostic[] = []
  for (const { step, undo } of done.reverse()) {
    // What could not be put back is in the manifest as it is now, and would not be in the one of before.
    if (diagnostics.length > 0 && changesManifest(step)) break
    try {
      await undo()
    } catch (error) {
      diagnostics.push(
        diagnose('install.undo-failed', { step: describeStep(step).text, why: messageOf(error) }),
      )
      // The files have to be as the manifest says, which stayed as it is.
      if (changesManifest(step)) break
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
  const done: Done[] = []
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
      notes.push(failureOf(error, text))
      return { complete: false, diagnostics: [...notes, ...(await undoAll(done))] }
    }
  }
  return { complete: true, diagnostics: notes }
}
