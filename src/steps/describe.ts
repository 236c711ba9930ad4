// A plan as people read it: one line a step, `+` made, `-` removed, `~` changed, `!` done to the running system.
import type { Step } from './step.ts'

export interface StepText {
  sign: '+' | '-' | '~' | '!'
  text: string
  /** Further lines, as in a diff. */
  detail: string[]
}

const words = (...some: string[]): string => some.filter((word) => word !== '').join('  ')
const octal = (mode: number): string => mode.toString(8).padStart(4, '0')
const utf8 = (line: string): string => Buffer.from(line, 'latin1').toString('utf8')

/** One step in words. */
export function describeStep(step: Step): StepText {
  const line = (sign: StepText['sign'], text: string, detail: string[] = []): StepText => ({
    sign,
    text,
    detail,
  })
  switch (step.do) {
    case 'stopUnits':
      return line('!', `stop ${step.patterns.join(', ')}: discs that are in are unmounted and let go`)
    case 'makeDirectory':
      return line('+', words(`${step.path}/`, octal(step.mode), step.about))
    case 'writeFile':
      return line(step.change === 'create' ? '+' : '~', `${step.path}  ${octal(step.mode)}  ${step.about}`)
    case 'makeSymlink':
      return line('+', `${step.path} -> ${step.target}  ${step.about}`)
    case 'backUp':
      return line('+', `${step.backup}  copy of ${step.path} as it is now`)
    case 'restore':
      return line('~', `${step.path}  as it was before, from ${step.backup}`)
    case 'editFstab':
      return line('~', step.path, [
        ...step.remove.map((l) => `- ${utf8(l)}`),
        ...step.add.map((l) => `+ ${utf8(l)}`),
      ])
    case 'removeFile':
      return line('-', step.path)
    case 'removeDirectory':
      return line('-', `${step.path}/  if nothing else is in it`)
    case 'removeRuntime':
      return line('-', `${step.path}/  state of this boot`)
    case 'removeDiscState':
      return line('-', `${step.path}/  what is kept of discs, unless data in it is not on its disc yet`)
    case 'createTmpfiles':
      return line('!', `make the directories of ${step.path}`)
    case 'loadModules':
      return line('!', `load kernel modules: ${step.names.join(', ')}`)
    case 'reloadSystemd':
      return line('!', 'let systemd read its units again')
    case 'reloadUdev':
      return line('!', 'let udev read its rules again')
    case 'triggerDrives':
      return line('!', 'let udev look at the optical drives again')
  }
}

/** A whole plan as text, no final newline. */
export const describePlan = (steps: readonly Step[]): string =>
  steps
    .map(describeStep)
    .flatMap(({ sign, text, detail }) => [`${sign} ${text}`, ...detail.map((d) => `      ${d}`)])
    .join('\n')
