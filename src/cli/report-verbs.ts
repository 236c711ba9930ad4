// The verbs that only tell: how they are called, and what --help says.
import type { Argv } from 'yargs'
import { drive, exitCodes, json, root } from './verb-options.ts'

/** Adds them; `ended` gets the exit code of the one that was called. */
export const reportVerbs = <T>(parser: Argv<T>, ended: (code: number) => void, version: string): Argv<T> =>
  parser
    .command(
      'status [drive]',
      'Drives, discs, what was decided and why, mounts, what was written',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('drive', { ...drive, describe: 'Only this one: sr0, /dev/sr0 or any link to it' })
          .options({
            json,
            // Without a default: yargs would take that for a conflict.
            installed: {
              type: 'boolean',
              describe: 'What differs from what pktw install put there; exit code 1 if something does',
              conflicts: ['watch', 'drive'],
            },
            root: { ...root, implies: 'installed' },
            watch: {
              // Text: a number could not be left out.
              type: 'string',
              alias: 'w',
              describe: 'Again every so many seconds (2 if not said), until Ctrl-C',
            },
          })
          .example('$0 status', 'in words')
          .example('$0 status --watch', 'and stay up to date')
          .example('sudo $0 status --installed', 'have files of pktw been changed?')
          .example('$0 status sr0 --json --watch 10', 'one JSON object a line, for programs'),
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
      'stats [drive]',
      'Counters of a mapped disc, for monitoring',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('drive', drive)
          .options({ json })
          .example('$0 stats', 'one "key value" a line')
          .example('$0 stats sr0 --json', 'one flat JSON object'),
      async (argv) => ended(await (await import('./stats.ts')).stats({ drive: argv.drive, json: argv.json })),
    )
    .command(
      'doctor',
      'Look for every known trouble, say what shows it and what to do',
      (y) =>
        y
          .epilogue('Exit codes: 0 nothing is wrong, 1 something is, 2 wrong usage or trouble.')
          .options({
            fix: { type: 'boolean', default: false, describe: 'Mend what can be mended safely' },
            json,
          })
          .example('$0 doctor', 'what is wrong, and the command that mends it')
          .example('sudo $0 doctor --fix', 'mend what is safe, tell the rest')
          .example('$0 doctor --json', 'one JSON document, for programs'),
      async (argv) => ended(await (await import('./doctor.ts')).doctor({ fix: argv.fix, json: argv.json })),
    )
