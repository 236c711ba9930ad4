// What a plan changes in the files that are there, line by line, for who has to agree to it.
import { changedLines } from '../render/unified-diff.ts'
import type { System } from '../system/system.ts'
import { addLine, fstabText, removeLine } from './fstab.ts'
import { manifestPath } from './manifest.ts'
import type { Step } from './step.ts'

/** Files beyond this are programs; their lines tell nobody anything. */
const mostBytes = 64 * 1024

/** Undefined for what is no text. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > mostBytes || bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

async function diffTo(system: System, at: string, after: Uint8Array): Promise<string[]> {
  const before = (await system.read(at)) ?? Buffer.alloc(0)
  const [old, now] = [textOf(before), textOf(after)]
  return old === undefined || now === undefined
    ? [`${before.length} bytes become ${after.length}`]
    : changedLines(old, now)
}

/** The lines of one step; none for what makes, moves or removes a whole file. `all`: new files as well. */
export async function previewStep(system: System, step: Step, all: boolean): Promise<string[]> {
  switch (step.do) {
    case 'writeFile':
      if (step.path === manifestPath || (step.change === 'create' && !all)) return []
      return diffTo(system, step.path, step.bytes)
    case 'restore':
      return diffTo(system, step.path, (await system.read(step.backup)) ?? Buffer.alloc(0))
    case 'editFstab': {
      const before = fstabText((await system.read(step.path)) ?? Buffer.alloc(0))
      const after = step.add.reduce(addLine, step.remove.reduce(removeLine, before))
      // fstab is bytes: what is no UTF-8 is shown as a sign for it.
      const shown = (text: string): string => Buffer.from(text, 'latin1').toString('utf8')
      return changedLines(shown(before), shown(after))
    }
    default:
      return []
  }
}
