// The command line of pktw: verbs for drives and the discs in them.
import type { Verb } from './command.ts'
import { drive, dryRun, json, root, yes } from './options.ts'

export const map = {
  usage: 'map [drive]',
  describe: 'Take up the disc that is in the drive',
  positionals: { drive },
  options: {},
  examples: [
    ['$0 map', 'after pktw unmap, for instance'],
    ['$0 map sr1', 'with several drives'],
  ],
} as const satisfies Verb

export const unmap = {
  usage: 'unmap [drive]',
  describe: 'Unmount the disc and let it go; it stays in the drive',
  positionals: { drive },
  options: {},
  examples: [
    ['$0 unmap', 'for a burning program to have the drive'],
    ['$0 unmap /dev/cdrom', 'a drive by any of its names'],
  ],
} as const satisfies Verb

export const toggle = {
  usage: 'toggle [drive]',
  describe: 'map what is not mapped, unmap what is',
  positionals: { drive },
  options: {},
  examples: [
    ['$0 toggle', 'for a button on the desktop'],
    ['$0 toggle sr0', 'of one drive'],
  ],
} as const satisfies Verb

export const mount = {
  usage: 'mount [drive]',
  describe: 'Mount a mapped disc, as the settings say',
  positionals: { drive },
  options: {},
  examples: [
    ['$0 mount', 'after pktw umount, or when a file system was made'],
    ['$0 mount sr0', 'with several drives'],
  ],
} as const satisfies Verb

export const umount = {
  usage: 'umount [drive]',
  describe: 'Unmount the disc; it stays mapped',
  positionals: { drive },
  options: {},
  examples: [
    ['$0 umount', 'to check the file system on /dev/pktw/sr0, for instance'],
    ['$0 umount || $0 status', 'busy? what uses it is told'],
  ],
} as const satisfies Verb

export const eject = {
  usage: 'eject [drive]',
  describe: 'Unmount, write what is left, open the tray',
  positionals: { drive },
  options: {
    force: {
      type: 'boolean',
      default: false,
      describe: 'End the programs that use the disc; says which first, and asks',
    },
    yes,
  },
  examples: [
    ['$0 eject', 'as the button on the drive does'],
    ['$0 eject sr0 --force --yes', 'end what uses the disc without asking'],
  ],
} as const satisfies Verb

export const prepare = {
  usage: 'prepare [drive]',
  describe: 'Format the disc for packet writing and make its file system; asks before anything is lost',
  more: [
    'The disc is blanked and formatted as its kind asks for, where it is not formatted yet or --full is given; then it gets a UDF file system, and is mounted like any other. This is done by pktw-prepare@DRIVE.service, and goes on when this program is ended with Ctrl-C.',
    'A DVD+RW takes a minute, a CD-RW up to half an hour, the others up to an hour and more: as long as the drive takes to write all of the disc.',
  ],
  positionals: {
    drive: { ...drive, describe: 'sr0, /dev/sr0, /dev/cdrom or any link to it; left out: the only one' },
  },
  options: {
    label: {
      type: 'string',
      requiresArg: true,
      value: 'TEXT',
      describe: 'Name of the disc, up to 60 characters; that of its kind if not said',
    },
    full: {
      type: 'boolean',
      default: false,
      describe: 'Format a disc that is formatted already, and erase all of it',
    },
    erase: {
      type: 'boolean',
      default: false,
      describe: 'What is on the disc may be lost: do not ask',
    },
    wait: {
      type: 'boolean',
      default: true,
      describe: 'Stay until it is done; --no-wait only starts it',
    },
    cancel: {
      type: 'boolean',
      default: false,
      describe: 'End a preparation that is under way, and say what the disc is then',
    },
    'dry-run': { ...dryRun, describe: 'Say what would be sent to which disc, and what is lost; do nothing' },
    json,
  },
  examples: [
    ['sudo $0 prepare', 'a disc from the shop, in the only drive'],
    ['sudo $0 prepare sr0 --label "Papers 2024"', 'with a name'],
    ['$0 prepare --dry-run', 'only show what that would do'],
    ['sudo $0 prepare sr0 --full --erase --no-wait --json', 'for programs; pktw status has the progress'],
    ['sudo $0 prepare sr0 --cancel', 'end it'],
  ],
} as const satisfies Verb

export const status = {
  usage: 'status [drive]',
  describe: 'Drives, discs, what was decided and why, mounts, what was written',
  positionals: { drive: { ...drive, describe: 'Only this one: sr0, /dev/sr0 or any link to it' } },
  options: {
    json,
    // Without a default: yargs would take that for a conflict.
    installed: {
      type: 'boolean',
      describe: 'What differs from what pktw install put there; exit code 1 if something does',
      conflicts: ['watch', 'drive'] as string[],
    },
    root: { ...root, implies: 'installed' },
    watch: {
      // Text: a number could not be left out.
      type: 'string',
      alias: 'w',
      value: 'SECONDS',
      describe: 'Again every so many seconds (2 if not said), until Ctrl-C',
    },
  },
  examples: [
    ['$0 status', 'in words'],
    ['$0 status --watch', 'and stay up to date'],
    ['sudo $0 status --installed', 'have files of pktw been changed?'],
    ['$0 status sr0 --json --watch 10', 'one JSON object a line, for programs'],
  ],
} as const satisfies Verb

export const stats = {
  usage: 'stats [drive]',
  describe: 'Counters of a mapped disc, for monitoring',
  positionals: { drive },
  options: { json },
  examples: [
    ['$0 stats', 'one "key value" a line'],
    ['$0 stats sr0 --json', 'one flat JSON object'],
  ],
} as const satisfies Verb
