// pktw config and the verbs below it.
import type { Argv } from 'yargs'
import { below, taking } from '../artifacts/commands/command.ts'
import { pktw } from '../artifacts/commands/pktw.ts'
import * as commands from '../artifacts/commands/pktw-config.ts'

const { exit } = pktw
const verbs = () => import('./config.ts')

/** Adds them; `ended` gets the exit code of the one that was called. */
export const configVerbs = <T>(parser: Argv<T>, ended: (code: number) => void): Argv<T> =>
  parser.command('config', 'Look at the settings, and change them', (y) =>
    y
      .epilogue(exit)
      .command(
        below(commands.configShow),
        commands.configShow.describe,
        (z) => taking(z, commands.configShow, exit),
        async (argv) => ended(await (await verbs()).show(argv)),
      )
      .command(
        below(commands.configGet),
        commands.configGet.describe,
        (z) => taking(z, commands.configGet, exit),
        async (argv) => ended(await (await verbs()).get(argv)),
      )
      .command(
        below(commands.configSet),
        commands.configSet.describe,
        (z) => taking(z, commands.configSet, exit),
        async (argv) => ended(await (await verbs()).set(argv)),
      )
      .command(
        below(commands.configCheck),
        commands.configCheck.describe,
        (z) => taking(z, commands.configCheck, exit),
        async (argv) => ended(await (await verbs()).check(argv)),
      )
      .command(
        below(commands.configEdit),
        commands.configEdit.describe,
        (z) => taking(z, commands.configEdit, exit),
        async (argv) => ended(await (await verbs()).edit(argv)),
      )
      .command(
        below(commands.configSchema),
        commands.configSchema.describe,
        (z) => taking(z, commands.configSchema, exit),
        async () => ended((await verbs()).schema()),
      )
      .demandCommand(1, 'say what to do with the settings: show, get, set, check, edit or schema'),
  )
