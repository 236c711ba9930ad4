// A text in the user's editor.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { runOnTerminal } from '../system/run.ts'

export interface Draft {
  path: string
  /** Has the user edit it, and waits. Throws Stop when that cannot be done. */
  open(): Promise<void>
  read(): Promise<string>
  remove(): Promise<void>
}

/** As other programs do: $VISUAL, $EDITOR, Debian's choice, vi. Words at blanks; no shell reads them. */
const editors = (): string[][] =>
  [process.env.VISUAL, process.env.EDITOR, 'sensible-editor', 'vi']
    .map((command) => (command ?? '').split(/\s+/).filter((word) => word !== ''))
    .filter((words) => words.length > 0)

/** A copy that nobody else can read or exchange. */
export async function editText(text: string): Promise<Draft> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pktw-edit-'))
  const file = path.join(directory, 'pktw.yaml')
  await writeFile(file, text, { mode: 0o600 })
  return {
    path: file,
    async open() {
      for (const [program = '', ...argv] of editors()) {
        const code = await runOnTerminal(program, [...argv, file])
        if (code === 0) return
        // Not there: the next one. An editor that failed, or was left in anger, has the last word.
        if (code !== 127)
          throw new Stop([diagnose('cli.editor-failed', { program, code, draft: file })], exit.trouble)
      }
      await rm(directory, { recursive: true, force: true })
      throw new Stop([diagnose('cli.no-editor')], exit.trouble)
    },
    read: () => readFile(file, 'utf8'),
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
