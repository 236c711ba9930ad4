// Pure: what has to be on disk when the steps of a plan are done.
import { sha256 } from './manifest.ts'
import type { Expected, Step } from './step.ts'

/** One a path; the last step for a path counts. Directories that are removed only if they are empty are left out. */
export function expectedAfter(steps: readonly Step[]): Expected[] {
  const expected = new Map<string, Expected>()
  for (const step of steps)
    switch (step.do) {
      case 'writeFile':
        expected.set(step.path, { path: step.path, is: 'file', sha256: sha256(step.bytes), mode: step.mode })
        break
      case 'makeSymlink':
        expected.set(step.path, { path: step.path, is: 'symlink', target: step.target })
        break
      case 'makeDirectory':
        expected.set(step.path, { path: step.path, is: 'directory' })
        break
      case 'restore':
        expected.set(step.path, { path: step.path, is: 'file', sha256: step.sha256 })
        expected.set(step.backup, { path: step.backup, is: 'absent' })
        break
      case 'removeFile':
      case 'removeLeftover':
        expected.set(step.path, { path: step.path, is: 'absent' })
        break
      case 'editFstab':
        // What is taken out may stand there once more: the administrator's, who copied the line.
        if (step.add.length > 0) expected.set(step.path, { path: step.path, is: 'fstab', has: step.add })
    }
  return [...expected.values()]
}
