// pktw: the program for people. Parses, calls one verb, prints, sets the exit code.
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { completeWords, completionScript, loginShell, shells } from './completion.ts'
import { driveVerbs } from './drive-verbs.ts'
import { reportVerbs } from './report-verbs.ts'
import { say, sayJson, tell } from './terminal.ts'
import { exitCodes, json, root, yes } from './verb-options.ts'

declare const PKTW_VERSION: string

const dryRun = {
  type: 'boolean',
  default: false,
  describe: 'Show what would be done, and do nothing',
} as const

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
    'install',
    'Install rules, units and programs; shows the plan first',
    (y) =>
      y
        .epilogue(exitCodes)
        .options({
          root,
          'dry-run': dryRun,
          mount: {
            choices: ['systemd', 'fstab', 'udisks', 'none'] as const,
            describe: 'Who mounts a disc; kept in /etc/pktw/pktw.yaml',
          },
          where: {
            type: 'string',
            requiresArg: true,
            describe: 'Mount point of the first drive; kept in /etc/pktw/pktw.yaml',
          },
          config: { type: 'string', requiresArg: true, describe: 'Install this settings file' },
          node: { type: 'string', requiresArg: true, describe: 'Node.js for rules and units, absolute path' },
          overwrite: {
            type: 'boolean',
            default: false,
            describe: 'Replace files of pktw that were changed since as well; yours are kept beside them',
          },
          diff: { type: 'boolean', default: false, describe: 'Show the lines of new files as well' },
          json,
          yes,
        })
        .example('sudo $0 install', 'install on this machine')
        .example('$0 install --dry-run', 'only show what that would do')
        .example('sudo $0 install --mount fstab --where /mnt/disc', 'with a line in /etc/fstab')
        .example('sudo $0 install --root /srv/image', 'into an unpacked image'),
    async (argv) => {
      code = await (await import('./install.ts')).install(argv, PKTW_VERSION)
    },
  )
  .command(
    'uninstall',
    'Take away exactly what install put there',
    (y) =>
      y
        .epilogue(exitCodes)
        .options({ root, 'dry-run': dryRun, json, yes })
        .example('sudo $0 uninstall', 'let the discs go, and leave no trace')
        .example('$0 uninstall --dry-run', 'only show what that would do'),
    async (argv) => {
      code = await (await import('./uninstall.ts')).uninstall(argv)
    },
  )

const parser = reportVerbs(driveVerbs(verbs, ended), ended, PKTW_VERSION)
  .command(
    'completion [shell]',
    'Print what teaches a shell to complete pktw',
    (y) =>
      y
        .epilogue(exitCodes)
        .positional('shell', { choices: shells, describe: 'The shell of $SHELL, if it is one of these' })
        .example('eval "$($0 completion bash)"', 'in ~/.bashrc')
        .example('eval "$($0 completion zsh)"', 'in ~/.zshrc, after compinit')
        .example('$0 completion fish | source', 'in ~/.config/fish/config.fish'),
    (argv) => {
      say(completionScript(argv.shell ?? loginShell()))
    },
  )
  .completion('complete-words', false, completeWords)
  .example('sudo $0 install', 'once; from then on a disc that goes in is mounted')
  .example('$0 status', 'what is in the drives, and why it is treated so')
  .example('$0 eject', 'give the disc back')
  .epilogue(exitCodes)
  .version(PKTW_VERSION)
  .alias('help', 'h')
  .demandCommand(1, 'say what to do: a verb is missing')
  .strict()
  .recommendCommands()
  .exitProcess(false)
  .wrap(Math.min(100, process.stdout.columns ?? 100))
  .fail((message, error) => {
    throw (
      error ??
      new Stop([diagnose('cli.usage', { why: message.replace(/\s+/g, ' '), command: 'pktw' })], exit.trouble)
    )
  })

try {
  await parser.parseAsync()
} catch (error) {
  const why = error instanceof Error ? error.message : String(error)
  const diagnostics = error instanceof Stop ? error.diagnostics : [diagnose('cli.failed', { why })]
  if (process.argv.includes('--json')) sayJson({ diagnostics })
  else tell(diagnostics)
  code = error instanceof Stop ? error.code : exit.trouble
}
process.exitCode = code
