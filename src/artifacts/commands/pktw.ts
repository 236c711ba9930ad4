// The command line of pktw.
import type { Program, Verb } from './command.ts'

const json = {
  type: 'boolean',
  default: false,
  describe: 'Print one JSON document for programs',
} as const
const yes = { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' } as const
const root = {
  type: 'string',
  requiresArg: true,
  value: 'DIR',
  path: true,
  describe: 'Work on the system unpacked in this directory instead of the running one',
} as const
const dryRun = {
  type: 'boolean',
  default: false,
  describe: 'Show what would be done, and do nothing',
} as const
const drive = {
  type: 'string',
  describe:
    'sr0, /dev/sr0, /dev/cdrom or any link to it; left out: the only one, or the only one with a disc of pktw',
} as const

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export const install = {
  usage: 'install',
  describe: 'Install rules, units and programs; shows the plan first',
  positionals: {},
  options: {
    root,
    'dry-run': dryRun,
    mount: {
      choices: ['systemd', 'fstab', 'udisks', 'none'] as const,
      describe: 'Who mounts a disc; kept in /etc/pktw/pktw.yaml',
    },
    where: {
      type: 'string',
      requiresArg: true,
      value: 'DIR',
      path: true,
      describe: 'Mount point of the first drive; kept in /etc/pktw/pktw.yaml',
    },
    config: {
      type: 'string',
      requiresArg: true,
      value: 'FILE',
      path: true,
      describe: 'Install this settings file',
    },
    node: {
      type: 'string',
      requiresArg: true,
      value: 'FILE',
      path: true,
      describe: 'Node.js for rules and units, absolute path',
    },
    overwrite: {
      type: 'boolean',
      default: false,
      describe: 'Replace files of pktw that were changed since as well; yours are kept beside them',
    },
    diff: { type: 'boolean', default: false, describe: 'Show the lines of new files as well' },
    json,
    yes,
  },
  examples: [
    ['sudo $0 install', 'install on this machine'],
    ['$0 install --dry-run', 'only show what that would do'],
    ['sudo $0 install --mount fstab --where /mnt/disc', 'with a line in /etc/fstab'],
    ['sudo $0 install --root /srv/image', 'into an unpacked image'],
  ],
} as const satisfies Verb

export const uninstall = {
  usage: 'uninstall',
  describe: 'Take away exactly what install put there',
  positionals: {},
  options: { root, 'dry-run': dryRun, json, yes },
  examples: [
    ['sudo $0 uninstall', 'let the discs go, and leave no trace'],
    ['$0 uninstall --dry-run', 'only show what that would do'],
  ],
} as const satisfies Verb

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

export const doctor = {
  usage: 'doctor',
  describe: 'Look for every known trouble, say what shows it and what to do',
  more: ['Exit codes are those of a check: 0 nothing is wrong, 1 something is, 2 wrong usage or trouble.'],
  positionals: {},
  options: {
    fix: { type: 'boolean', default: false, describe: 'Mend what can be mended safely' },
    json,
  },
  examples: [
    ['$0 doctor', 'what is wrong, and the command that mends it'],
    ['sudo $0 doctor --fix', 'mend what is safe, tell the rest'],
    ['$0 doctor --json', 'one JSON document, for programs'],
  ],
} as const satisfies Verb

const settingsFile = {
  type: 'string',
  requiresArg: true,
  value: 'FILE',
  path: true,
  describe: 'Settings file; /etc/pktw/pktw.yaml by default',
} as const
const key = {
  type: 'string',
  demandOption: true,
  describe: 'A key with those that it is in: mount.where, media.cd-rw, drives[0].ignore',
} as const

export const configShow = {
  usage: 'config show',
  describe: 'The settings with every default filled in',
  positionals: {},
  options: { config: settingsFile, json },
  examples: [['$0 config show', 'what holds on this machine']],
} as const satisfies Verb

export const configGet = {
  usage: 'config get <key>',
  describe: 'One setting, or its default',
  positionals: { key },
  options: { config: settingsFile, json },
  examples: [['$0 config get mount.where', 'where discs are mounted']],
} as const satisfies Verb

export const configSet = {
  usage: 'config set <key> <value>',
  describe: 'Change one setting; comments and order of the file stay',
  more: [
    'The value is YAML. The file is written beside its place, synced and renamed, and only when all of it is good then.',
  ],
  positionals: {
    key,
    value: { type: 'string', demandOption: true, describe: 'The value as the file would have it' },
  },
  options: { config: settingsFile },
  examples: [
    ['sudo $0 config set mount.style fstab', 'then sudo pktw install'],
    ['sudo $0 config set mount.owner "{ uid: 1000, gid: 100 }"', 'more than a word'],
  ],
} as const satisfies Verb

export const configCheck = {
  usage: 'config check',
  describe: 'All that is wrong with the settings file',
  positionals: {},
  options: { config: settingsFile, json },
  examples: [['$0 config check --config new.yaml', 'before it is put in place']],
} as const satisfies Verb

export const configEdit = {
  usage: 'config edit',
  describe: 'Open the settings file in $EDITOR; nothing that is wrong is kept',
  positionals: {},
  options: { config: settingsFile },
  examples: [['sudo $0 config edit', 'as sudoedit and visudo do']],
} as const satisfies Verb

export const configSchema = {
  usage: 'config schema',
  describe: 'JSON Schema of the settings file, for editors',
  positionals: {},
  options: {},
  examples: [['$0 config schema > pktw.schema.json', 'for an editor']],
} as const satisfies Verb

export const completion = {
  usage: 'completion [shell]',
  describe: 'Print what teaches a shell to complete this program',
  positionals: {
    shell: { choices: shells, describe: 'The shell of $SHELL, if it is one of these' },
  },
  options: {},
  examples: [
    ['eval "$($0 completion bash)"', 'in ~/.bashrc'],
    ['eval "$($0 completion zsh)"', 'in ~/.zshrc, after compinit'],
    ['$0 completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
} as const satisfies Verb

export const pktw = {
  name: 'pktw',
  section: 1,
  what: 'write to rewritable discs as to a floppy',
  about: [
    'A CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE goes in, and it is a disc you copy to and delete from. pktw installs what brings that about, shows what is in the drives and why it is treated so, and gives discs back.',
    'All verbs but install, uninstall and prepare work without root for the user in front of the machine: polkit lets that user start and stop the units of pktw. Over ssh, use sudo. No verb asks for a password.',
  ],
  verbs: [
    install,
    uninstall,
    map,
    unmap,
    toggle,
    mount,
    umount,
    eject,
    prepare,
    status,
    stats,
    doctor,
    configShow,
    configGet,
    configSet,
    configCheck,
    configEdit,
    configSchema,
    completion,
  ],
  options: {},
  examples: [
    ['sudo $0 install', 'once; from then on a disc that goes in is mounted'],
    ['$0 status', 'what is in the drives, and why it is treated so'],
    ['$0 eject', 'give the disc back'],
  ],
  exit: 'Exit codes: 0 done, 1 it could not be done or something was found, 2 wrong usage or trouble.',
  files: [
    ['/etc/pktw/pktw.yaml', 'settings, see pktw.yaml(5)'],
    ['/dev/pktw/sr0', 'the packet device of the disc in sr0'],
    ['/dev/pktcdvd/pktcdvd0', 'the same by the number of its slot'],
  ],
  environment: [['VISUAL, EDITOR', 'the editor of config edit']],
  also: ['pktw(7)', 'pktw.yaml(5)', 'pktw-gen(1)', 'mkudffs(8)'],
} as const satisfies Program
