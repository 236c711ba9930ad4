// The verbs of pktw-gen. Parses, calls one, prints.
import yargs from 'yargs'
import { layoutNames } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { sayJson, tell } from './terminal.ts'

declare const PKTW_VERSION: string

const exitCodes = 'Exit codes: 0 done, 1 something was found or could not be done, 2 wrong usage.'
const source = {
  layout: {
    choices: layoutNames,
    default: 'debian' as const,
    describe: 'Where the distribution keeps its files',
  },
  config: { type: 'string', requiresArg: true, describe: 'Settings file; the defaults without it' },
  node: {
    type: 'string',
    requiresArg: true,
    describe: 'Node.js for rules and units; /usr/bin/node by default',
  },
  templates: {
    type: 'string',
    requiresArg: true,
    describe: 'Directory of templates that take the place of ours',
  },
} as const
const json = { type: 'boolean', default: false, describe: 'Print one JSON document for programs' } as const

const parserOf = (argv: readonly string[], done: (code: number) => void) =>
  yargs(argv)
    .scriptName('pktw-gen')
    .usage('$0 VERB\n\nMakes the files that connect packet writing to udev, systemd, polkit and fstab.')
    .command(
      'tree',
      'Write all files below a directory',
      (y) =>
        y
          .epilogue(exitCodes)
          .options({
            destdir: {
              type: 'string',
              requiresArg: true,
              demandOption: true,
              describe: 'Directory to write below',
            },
            ...source,
            'dry-run': { type: 'boolean', default: false, describe: 'Only say what would be written' },
            json,
          })
          .example('$0 tree --destdir debian/tmp', 'for a package')
          .example('$0 tree --destdir /tmp/x --config pktw.yaml --layout fedora', 'with other settings'),
      async (argv) => {
        done(await (await import('./tree.ts')).tree(argv))
      },
    )
    .command(
      'list',
      'Every artifact, what it is for, and its path',
      (y) =>
        y
          .epilogue(exitCodes)
          .options({ ...source, json })
          .example('$0 list --layout arch', 'paths on Arch'),
      async (argv) => {
        done(await (await import('./list.ts')).list(argv))
      },
    )
    .command(
      'show <kind>',
      'Print one artifact',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('kind', { type: 'string', demandOption: true, describe: 'A name from the list' })
          .options(source)
          .example('$0 show udev-rules', 'the rules')
          .example('$0 show fstab-line --config pktw.yaml', 'the lines for /etc/fstab'),
      async (argv) => {
        done(await (await import('./show.ts')).show(argv))
      },
    )
    .command(
      'check',
      "Run udev's, systemd's, mount's and polkit's own checkers over the files",
      (y) =>
        y
          .epilogue(exitCodes)
          .options({ ...source, json })
          .example('$0 check', 'the defaults')
          .example('$0 check --config /etc/pktw/pktw.yaml --templates /etc/pktw/templates', 'this machine'),
      async (argv) => {
        done(await (await import('./check.ts')).check(argv))
      },
    )
    .command('config', 'Look at settings', (y) =>
      y
        .epilogue(exitCodes)
        .command(
          'check <file>',
          'All that is wrong with a settings file',
          (z) =>
            z
              .positional('file', { type: 'string', demandOption: true })
              .options({ json })
              .example('$0 config check /etc/pktw/pktw.yaml', 'before installing'),
          async (argv) => {
            done(await (await import('./config.ts')).configCheck(argv.file, argv.json))
          },
        )
        .command(
          'show [file]',
          'The settings with every default filled in',
          (z) =>
            z
              .positional('file', { type: 'string' })
              .options({ json })
              .example('$0 config show', 'the defaults'),
          async (argv) => {
            done(await (await import('./config.ts')).configShow(argv.file, argv.json))
          },
        )
        .command('schema', 'JSON Schema of the settings file, for editors', {}, async () => {
          done((await import('./config.ts')).configSchema())
        })
        .demandCommand(1, 'say what to do with the settings: check, show or schema'),
    )
    .completion('completion', 'Print a completion script for bash or zsh')
    .example('$0 tree --destdir debian/tmp', 'what a package installs')
    .example('$0 show udev-rules', 'read one file')
    .example('$0 check', 'have it checked')
    .epilogue(exitCodes)
    .version(PKTW_VERSION)
    .alias('help', 'h')
    .demandCommand(1, 'say what to do: a verb is missing')
    .strict()
    .recommendCommands()
    .exitProcess(false)
    .wrap(Math.min(100, process.stdout.columns ?? 100))
    .fail((message, error) => {
      throw error ?? new Stop([diagnose('gen.usage', { reason: message.replace(/\s+/g, ' ') })], exit.trouble)
    })

/** Runs one command line, without the program's name, and gives the exit code. Never throws. */
export async function pktwGen(argv: readonly string[]): Promise<number> {
  let code: number = exit.done
  try {
    await parserOf(argv, (given) => {
      code = given
    }).parseAsync()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const diagnostics = error instanceof Stop ? error.diagnostics : [diagnose('gen.failed', { reason })]
    if (argv.includes('--json')) sayJson({ diagnostics })
    else tell(diagnostics)
    code = error instanceof Stop ? error.code : exit.trouble
  }
  return code
}
