// The verbs that do something to the disc in a drive: how they are called, and what --help says.
import type { Argv } from 'yargs'
import { drive, exitCodes, yes } from './verb-options.ts'

/** Adds them; `ended` gets the exit code of the one that was called. */
export const driveVerbs = <T>(parser: Argv<T>, ended: (code: number) => void): Argv<T> =>
  parser
    .command(
      'map [drive]',
      'Take up the disc that is in the drive',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('drive', drive)
          .example('$0 map', 'after pktw unmap, for instance')
          .example('$0 map sr1', 'with several drives'),
      async (argv) => ended(await (await import('./map.ts')).map({ drive: argv.drive })),
    )
    .command(
      'unmap [drive]',
      'Unmount the disc and let it go; it stays in the drive',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('drive', drive)
          .example('$0 unmap', 'for a burning program to have the drive')
          .example('$0 unmap /dev/cdrom', 'a drive by any of its names'),
      async (argv) => ended(await (await import('./map.ts')).unmap({ drive: argv.drive })),
    )
    .command(
      'toggle [drive]',
      'map what is not mapped, unmap what is',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('drive', drive)
          .example('$0 toggle', 'for a button on the desktop')
          .example('$0 toggle sr0', 'of one drive'),
      async (argv) => ended(await (await import('./map.ts')).toggle({ drive: argv.drive })),
    )
    .command(
      'mount [drive]',
      'Mount a mapped disc, as the settings say',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('drive', drive)
          .example('$0 mount', 'after pktw umount, or when a file system was made')
          .example('$0 mount sr0', 'with several drives'),
      async (argv) => ended(await (await import('./mount.ts')).mount({ drive: argv.drive })),
    )
    .command(
      'umount [drive]',
      'Unmount the disc; it stays mapped',
      (y) =>
        y
          .epilogue(exitCodes)
          .positional('drive', drive)
          .example('$0 umount', 'to check the file system on /dev/pktw/sr0, for instance')
          .example('$0 umount || $0 status', 'busy? what uses it is told'),
      async (argv) => ended(await (await import('./mount.ts')).umount({ drive: argv.drive })),
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
      async ({ drive: asked, force, yes: agreed }) =>
        ended(await (await import('./eject.ts')).eject({ drive: asked, force, yes: agreed })),
    )
