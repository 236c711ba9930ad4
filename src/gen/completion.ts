// pktw-gen completion

import { pktwGen } from '../artifacts/commands/pktw-gen.ts'
import { type Shell, shells } from '../artifacts/commands/pktw-machine.ts'
import { completionOf } from '../artifacts/documents.ts'
import { exit } from '../diagnostics/stop.ts'
import { loadTemplates } from '../render/templates.ts'
import { say } from './terminal.ts'

/** For the shell that is named, the caller's, or bash. Gives the exit code. */
export function completion(shell: Shell | undefined): number {
  const own = shells.find((name) => process.env.SHELL?.endsWith(`/${name}`))
  say(completionOf(pktwGen, shell ?? own ?? 'bash', loadTemplates()))
  return exit.done
}
