// pktw: the program for people. Parses, calls one verb, prints, sets the exit code.
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { sayJson, tell } from './terminal.ts'

declare const PKTW_VERSION: string

const exitCodes =
  'Exit codes: 0 done, 1 it could not be done or something was found, 2 wrong usage or trouble.'
const root = {
  type: 'string',
  requiresArg: true,
  describe: 'Work on the system unpacked in this directory instead of the running one',
} as const
const dryRun = {
  type: 'boolean',
  default: false,
  describe: 'Show what would be done, and do nothing',
} as const
const json = { type: 'boolean', default: false, describe: 'Print one JSON document for programs' } as const
const yes = { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' } as const
const drive = {
  type: 'string',
  describe: 'sr0, /dev/sr0, /dev/cdrom or any link to it; not needed when there is only one',
} as const

let code: number = exit.done

// `pktw status | head`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exit.done)
  throw error
})

const parser = yargs(hideBin(process.argv))
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
          json,
          yes,
        })
        .example('sudo $0 install', 'install on this machine')
        .example('$0 install --dry-run', 'only show what that would do')
        .example('sudo $0 install --mount fstab --where /mnt/disc', 'with a line in /etc/fstab')
        .example('sudo $0 install --root /srv/image', 'into an unpacked image'),
    async (argv) => {
      code = await (await import('./install.ts')).install(argv)
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
  .command(
    'status',
    'Drives, discs, what was decided and why, mounts',
    (y) =>
      y
        .epilogue(exitCodes)
        .options({ json })
        .example('$0 status', 'in words')
        .example('$0 status --json', 'for programs'),
    async (argv) => {
      code = await (await import('./status.ts')).status(argv, PKTW_VERSION)
    },
  )
  .command(
    'map [drive]',
    'Take up the disc that is in the drive',
    (y) =>
      y
        .epilogue(exitCodes)
        .positional('drive', drive)
        .example('$0 map sr0', 'after pktw unmap, for instance'),
    async (argv) => {
      code = await (await import('./map.ts')).map({ drive: argv.drive })
    },
  )
  .command(
    'unmap [drive]',
    'Unmount the disc and let it go; it stays in the drive',
    (y) =>
      y
        .epilogue(exitCodes)
        .positional('drive', drive)
        .example('$0 unmap', 'for a burning program to have the drive'),
    async (argv) => {
      code = await (await import('./map.ts')).unmap({ drive: argv.drive })
    },
  )
  .command(
    'eject [drive]',
    'Unmount, write what is left, open the tray',
    (y) =>
      y
        .epilogue(exitCodes)
        .positional('drive', drive)
        .options({
          force: {
            type: 'boolean',
            default: false,
            describe: 'End the programs that use the disc; says which first, and asks',
          },
          yes,
        })
        .example('$0 eject', 'as the button on the drive does')
        .example('$0 eject sr0 --force --yes', 'end what uses the disc without asking'),
    async (argv) => {
      code = await (await import('./eject.ts')).eject({ drive: argv.drive, force: argv.force, yes: argv.yes })
    },
  )
  .completion('completion', 'Print a completion script for bash or zsh')
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
