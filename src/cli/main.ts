// pktw: the program for people. Parses, calls one verb, prints, sets the exit code.
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { strictly, taking } from '../artifacts/commands/command.ts'
import { pktw } from '../artifacts/commands/pktw.ts'
import * as commands from '../artifacts/commands/pktw-machine.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { PathRefused } from '../system/confined-path.ts'
import { completeWords, completionScript, loginShell } from './completion.ts'
import { configVerbs } from './config-verbs.ts'
import { driveVerbs } from './drive-verbs.ts'
import { reportVerbs } from './report-verbs.ts'
import { say, sayJson, tell } from './terminal.ts'

declare const PKTW_VERSION: string

const exitCodes = pktw.exit

let code: number = exit.done
const ended = (result: number): void => {
  code = result
}

// `pktw status | head`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exit.done)
  throw error
})

const verbs = yargs(hideBin(process.argv))
  .scriptName('pktw')
  .usage('$0 VERB\n\nA rewritable disc goes in, and it is a disc you copy to and delete from.')
  .command(
    commands.install.usage,
    commands.install.describe,
    (y) => taking(y, commands.install, exitCodes),
    async (argv) => {
      code = await (await import('./install.ts')).install(argv, PKTW_VERSION)
    },
  )
  .command(
    commands.uninstall.usage,
    commands.uninstall.describe,
    (y) => taking(y, commands.uninstall, exitCodes),
    async (argv) => {
      code = await (await import('./uninstall.ts')).uninstall(argv)
    },
  )

for (const [command, what] of pktw.examples) verbs.example(command, what)

const parser = configVerbs(reportVerbs(driveVerbs(verbs, ended), ended, PKTW_VERSION), ended)
  .command(
    commands.completion.usage,
    commands.completion.describe,
    (y) => taking(y, commands.completion, exitCodes),
    (argv) => {
      say(completionScript(argv.shell ?? loginShell()))
    },
  )
  .completion('complete-words', false, completeWords)

try {
  await strictly(parser, pktw, {
    version: PKTW_VERSION,
    columns: process.stdout.columns,
    misuse: (why) => new Stop([diagnose('cli.usage', { why, command: 'pktw' })], exit.trouble),
  }).parseAsync()
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  const unforeseen = diagnose(error instanceof PathRefused ? 'install.path-refused' : 'cli.failed', { why })
  const diagnostics = error instanceof Stop ? error.diagnostics : [unforeseen]
  if (process.argv.includes('--json')) sayJson({ diagnostics })
  else tell(diagnostics)
  code = error instanceof Stop ? error.code : exit.trouble
}
process.exitCode = code
