// Completion in bash, zsh and fish. The scripts ask the program itself (yargs' --get-yargs-completions), so that they know
// what it knows: verbs, options and the drives that are there.
import { readdirSync } from 'node:fs'
import { pktw } from '../artifacts/commands/pktw.ts'
import { type Shell, shells } from '../artifacts/commands/pktw-machine.ts'
import { completionOf } from '../artifacts/documents.ts'
import { loadTemplates } from '../render/templates.ts'
import { isDriveName } from '../system/drive-nodes.ts'

/** @throws TemplateError and what reading the templates throws. */
export const completionScript = (shell: Shell): string => completionOf(pktw, shell, loadTemplates())

/** The caller's, or bash. */
export const loginShell = (): Shell =>
  shells.find((shell) => process.env.SHELL?.endsWith(`/${shell}`)) ?? 'bash'

/** Verbs with a drive as their argument. */
const withDrive = ['map', 'unmap', 'toggle', 'mount', 'umount', 'eject', 'status', 'stats']

function driveNames(): string[] {
  try {
    return readdirSync('/sys/class/block').filter(isDriveName)
  } catch {
    return []
  }
}

/**
 * What may come next; called by yargs, whose own answer (`usual`) knows verbs and options. Synchronous: yargs would go on
 * to complain of its own option.
 */
export function completeWords(
  current: string,
  argv: { _: (string | number)[] },
  usual: (done: (error: Error | null, words?: string[]) => void) => void,
  done: (words: string[]) => void,
  drives: () => string[] = driveNames,
): void {
  usual((error, words = []) => {
    const known = error === null ? words : []
    // The program's name, the verb, and what is being typed.
    const [, verb = '', ...after] = argv._.map(String)
    const wanted = withDrive.includes(verb) && after.length <= 1 && !current.startsWith('-')
    done(wanted ? [...drives(), ...known] : known)
  })
}
