// The verbs that only tell.
import type { Argv } from 'yargs'
import { taking } from '../artifacts/commands/command.ts'
import * as commands from '../artifacts/commands/pktw.ts'

const { exit } = commands.pktw

/** Adds them; `ended` gets the exit code of the one that was called. */
export const reportVerbs = <T>(parser: Argv<T>, ended: (code: number) => void, version: string): Argv<T> =>
  parser
    .command(
      commands.status.usage,
      commands.status.describe,
      (y) => taking(y, commands.status, exit),
      async (argv) =>
        ended(
          argv.installed === true
            ? await (await import('./status-installed.ts')).statusInstalled({
                root: argv.root,
                json: argv.json,
              })
            : await (await import('./status.ts')).status(
                { drive: argv.drive, json: argv.json, watch: argv.watch },
                version,
              ),
        ),
    )
    .command(
      commands.stats.usage,
      commands.stats.describe,
      (y) => taking(y, commands.stats, exit),
      async (argv) => ended(await (await import('./stats.ts')).stats({ drive: argv.drive, json: argv.json })),
    )
    .command(
      commands.doctor.usage,
      commands.doctor.describe,
      (y) => taking(y, commands.doctor, exit),
      async (argv) => ended(await (await import('./doctor.ts')).doctor({ fix: argv.fix, json: argv.json })),
    )
