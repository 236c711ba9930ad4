// Where the CLI meets people: what is printed, asked, and shown while they wait.
import { createInterface } from 'node:readline/promises'
import ora from 'ora'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { formatDiagnostics } from '../diagnostics/print.ts'

/** Text for people goes to stdout; it is what was asked for. */
export const say = (text: string): void => {
  if (text !== '') process.stdout.write(`${text}\n`)
}

/** Diagnostics go to stderr. */
export const tell = (diagnostics: readonly Diagnostic[]): void => {
  if (diagnostics.length > 0) process.stderr.write(`${formatDiagnostics(diagnostics, 'text')}\n`)
}

/** The one JSON document of a command. */
export const sayJson = (value: unknown): void => say(JSON.stringify(value, null, 2))

/** True when a person can be asked. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** Asks for a yes; Return alone is `usual`. */
export async function confirm(question: string, usual: boolean): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = (await reader.question(`${question} [${usual ? 'Y/n' : 'y/N'}] `)).trim().toLowerCase()
    return answer === '' ? usual : answer === 'y' || answer === 'yes'
  } finally {
    reader.close()
  }
}

/** ms before a wait is worth a spinner. */
const patience = 2000

/**
 * Does the work; on a terminal a spinner tells after two seconds what is being waited for. Not before `begun`: it would write over
 * whoever asks for a password first.
 */
export async function waiting<T>(
  text: string,
  work: (update: (text: string) => void) => Promise<T>,
  begun: Promise<void> = Promise.resolve(),
): Promise<T> {
  if (process.stderr.isTTY !== true) return work(() => {})
  const spinner = ora({ text, stream: process.stderr, discardStdin: false })
  let timer: NodeJS.Timeout | undefined
  let over = false
  void begun.then(() => {
    if (!over) timer = setTimeout(() => spinner.start(), patience)
  })
  try {
    return await work((next) => {
      spinner.text = next
    })
  } finally {
    over = true
    clearTimeout(timer)
    spinner.stop()
  }
}
