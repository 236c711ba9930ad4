// The verbs of pktw-gen. Parses, calls one, prints.
import yargs from 'yargs'
import { below, strictly, taking } from '../artifacts/commands/command.ts'
import * as commands from '../artifacts/commands/pktw-gen.ts'
import { completion } from '../artifacts/commands/pktw-machine.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { sayJson, tell } from './terminal.ts'

declare const PKTW_VERSION: string

const { exit: exitCodes } = commands.pktwGen

const parserOf = (argv: readonly string[], done: (code: number) => void) =>
  yargs(argv)
    .scriptName('pktw-gen')
    .usage('$0 VERB\n\nMakes the files that connect packet writing to udev, systemd, polkit and fstab.')
    .command(
      commands.tree.usage,
      commands.tree.describe,
      (y) => taking(y, commands.tree, exitCodes),
      async (argv) => {
        done(await (await import('./tree.ts')).tree(argv))
      },
    )
    .command(
      commands.manifest.usage,
      commands.manifest.describe,
      (y) => taking(y, commands.manifest, exitCodes),
      async (argv) => {
        done(await (await import('./manifest.ts')).manifest(argv))
      },
    )
    .command(
      commands.list.usage,
      commands.list.describe,
      (y) => taking(y, commands.list, exitCodes),
      async (argv) => {
        done(await (await import('./list.ts')).list(argv))
      },
    )
    .command(
      commands.show.usage,
      commands.show.describe,
      (y) => taking(y, commands.show, exitCodes),
      async (argv) => {
        done(await (await import('./show.ts')).show(argv))
      },
    )
    .command(
      commands.explain.usage,
      commands.explain.describe,
      (y) => taking(y, commands.explain, exitCodes),
      async (argv) => {
        done(await (await import('./explain.ts')).explain(argv))
      },
    )
    .command(
      commands.check.usage,
      commands.check.describe,
      (y) => taking(y, commands.check, exitCodes),
      async (argv) => {
        done(await (await import('./check.ts')).check(argv))
      },
    )
    .command(
      commands.packageVerb.usage,
      commands.packageVerb.describe,
      (y) => taking(y, commands.packageVerb, exitCodes),
      async (argv) => {
        done(await (await import('./package/package.ts')).packageVerb(argv))
      },
    )
    .command(
      commands.ansible.usage,
      commands.ansible.describe,
      (y) => taking(y, commands.ansible, exitCodes),
      async (argv) => {
        done(await (await import('./package/package.ts')).ansible(argv))
      },
    )
    .command('config', 'Look at settings', (y) =>
      y
        .epilogue(exitCodes)
        .command(
          below(commands.configCheck),
          commands.configCheck.describe,
          (z) => taking(z, commands.configCheck, exitCodes),
          async (argv) => {
            done(await (await import('./config.ts')).configCheck(argv.file, argv.json))
          },
        )
        .command(
          below(commands.configShow),
          commands.configShow.describe,
          (z) => taking(z, commands.configShow, exitCodes),
          async (argv) => {
            done(await (await import('./config.ts')).configShow(argv.file, argv.json))
          },
        )
        .command(
          below(commands.configSchema),
          commands.configSchema.describe,
          (z) => taking(z, commands.configSchema, exitCodes),
          async () => {
            done((await import('./config.ts')).configSchema())
          },
        )
        .demandCommand(1, 'say what to do with the settings: check, show or schema'),
    )
    .command(
      completion.usage,
      completion.describe,
      (y) => taking(y, completion, exitCodes),
      async (argv) => {
        done((await import('./completion.ts')).completion(argv.shell))
      },
    )
    .completion('complete-words', false)

/** Runs one command line, without the program's name, and gives the exit code. Never throws. */
export async function pktwGen(argv: readonly string[]): Promise<number> {
  let code: number = exit.done
  try {
    const parser = parserOf(argv, (given) => {
      code = given
    })
    await strictly(parser, commands.pktwGen, {
      version: PKTW_VERSION,
      columns: process.stdout.columns,
      misuse: (reason) => new Stop([diagnose('gen.usage', { reason })], exit.trouble),
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
