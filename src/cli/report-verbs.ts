// The verbs that only tell.
import type { Argv } from 'yargs'
import { taking } from '../artifacts/commands/command.ts'
import { pktw } from '../artifacts/commands/pktw.ts'
import { stats, status } from '../artifacts/commands/pktw-discs.ts'
import { doctor } from '../artifacts/commands/pktw-machine.ts'

const { exit } = pktw

/** Adds them; `ended` gets the exit code of the one that was called. */
export const reportVerbs = <T>(parser: Argv<T>, ended: (code: number) => void, version: string): Argv<T> =>
  parser
    .command(
      status.usage,
      status.describe,
      (y) => taking(y, status, exit),
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
      stats.usage,
      stats.describe,
      (y) => taking(y, stats, exit),
      async (argv) => ended(await (await import('./stats.ts')).stats({ drive: argv.drive, json: argv.json })),
    )
    .command(
      doctor.usage,
      doctor.describe,
      (y) => taking(y, doctor, exit),
      async (argv) => ended(await (await import('./doctor.ts')).doctor({ fix: argv.fix, json: argv.json })),
    )
