// The verbs that do something to the disc in a drive.
import type { Argv } from 'yargs'
import { taking } from '../artifacts/commands/command.ts'
import { pktw } from '../artifacts/commands/pktw.ts'
import * as commands from '../artifacts/commands/pktw-discs.ts'

const { exit } = pktw

/** Adds them; `ended` gets the exit code of the one that was called. */
export const driveVerbs = <T>(parser: Argv<T>, ended: (code: number) => void): Argv<T> =>
  parser
    .command(
      commands.map.usage,
      commands.map.describe,
      (y) => taking(y, commands.map, exit),
      async (argv) => ended(await (await import('./map.ts')).map({ drive: argv.drive })),
    )
    .command(
      commands.unmap.usage,
      commands.unmap.describe,
      (y) => taking(y, commands.unmap, exit),
      async (argv) => ended(await (await import('./map.ts')).unmap({ drive: argv.drive })),
    )
    .command(
      commands.toggle.usage,
      commands.toggle.describe,
      (y) => taking(y, commands.toggle, exit),
      async (argv) => ended(await (await import('./map.ts')).toggle({ drive: argv.drive })),
    )
    .command(
      commands.mount.usage,
      commands.mount.describe,
      (y) => taking(y, commands.mount, exit),
      async (argv) => ended(await (await import('./mount.ts')).mount({ drive: argv.drive })),
    )
    .command(
      commands.umount.usage,
      commands.umount.describe,
      (y) => taking(y, commands.umount, exit),
      async (argv) => ended(await (await import('./mount.ts')).umount({ drive: argv.drive })),
    )
    .command(
      commands.eject.usage,
      commands.eject.describe,
      (y) => taking(y, commands.eject, exit),
      async ({ drive: asked, force, yes: agreed }) =>
        ended(await (await import('./eject.ts')).eject({ drive: asked, force, yes: agreed })),
    )
    .command(
      commands.prepare.usage,
      commands.prepare.describe,
      (y) => taking(y, commands.prepare, exit),
      async ({ drive, label, full, erase, wait, cancel, dryRun, json }) => {
        const options = { drive, label, full, erase, wait, cancel, dryRun, json }
        ended(await (await import('./prepare.ts')).prepare(options))
      },
    )
