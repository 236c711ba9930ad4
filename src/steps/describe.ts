// A plan as people read it: one line a step, `+` made, `-` removed, `~` changed, `!` done to the running system.
import { manifestPath } from './manifest.ts'
import type { Step } from './step.ts'

export interface StepText {
  sign: '+' | '-' | '~' | '!'
  text: string
  /** Further lines, as in a diff. */
  detail: string[]
}

const words = (...some: string[]): string => some.filter((word) => word !== '').join('  ')
const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

const stopped = (patterns: readonly string[]): string =>
  patterns.every((pattern) => pattern.endsWith('.slice'))
    ? 'what systemd kept for their units'
    : 'discs that are in are unmounted and let go'

/** One step in words. */
export function describeStep(step: Step): StepText {
  const line = (sign: StepText['sign'], text: string, detail: string[] = []): StepText => ({
    sign,
    text,
    detail,
  })
  switch (step.do) {
    case 'stopUnits':
      return line('!', `stop ${step.patterns.join(', ')}: ${stopped(step.patterns)}`)
    case 'removeLeftover':
      return line('-', words(`${step.path}${step.directory ? '/' : ''}`, 'left by a run that was killed'))
    case 'begin':
      return line(
        '+',
        words(manifestPath, step.about),
        step.directories.map((p) => `in the new directory ${p}/`),
      )
    case 'end':
      return line(
        '-',
        manifestPath,
        step.directories.map((p) => `and ${p}/ if nothing else is in it`),
      )
    case 'verify':
      return line('!', 'look whether all of that is as planned')
    case 'restoreLabels':
      return line('!', 'restore SELinux labels')
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
      return line('~', step.path)
    case 'removeFile':
      return line('-', step.path)
    case 'removeDirectory':
      return line('-', `${step.path}/  if nothing else is in it`)
    case 'removeRuntime':
      return line('-', `${step.path}/  state of this boot`)
    case 'removeDiscState':
      return line('-', `${step.path}/  what is kept of discs, unless data in it is not on its disc yet`)
    case 'createGroups':
      return line('+', `${step.names.map((name) => `the group ${name}`).join(', ')}  by ${step.path}`)
    case 'removeGroup':
      return line('-', `the group ${step.name}`)
    case 'createTmpfiles':
      return line('!', `make the directories of ${step.path}`)
    case 'loadModules':
      return line('!', `load kernel modules: ${step.names.join(', ')}`)
    case 'reloadSystemd':
      return line('!', 'let systemd read its units again')
    case 'reloadBus':
      return line('!', 'let the system bus read its policies and services again')
    case 'reloadUdev':
      return line('!', 'let udev read its rules again')
    case 'giveBackDrives':
      return line('!', 'make drives writable again that have a CD-RW or DVD-RW in them')
    case 'triggerDrives':
      return line('!', 'let udev look at the optical drives again')
  }
}

/** What others wrote into files is shown on terminals: it must not steer them. */
const printable = (text: string): string => text.replace(/(?!\t)\p{Cc}/gu, '?')

/** A whole plan as text, no final newline; with each step the lines that `changes` gives for it. */
export const describePlan = (
  steps: readonly Step[],
  changes: (step: Step) => readonly string[] = () => [],
): string =>
  steps
    .flatMap((step) => {
      const { sign, text, detail } = describeStep(step)
      return [`${sign} ${text}`, ...[...detail, ...changes(step)].map((d) => `      ${printable(d)}`)]
    })
    .join('\n')
