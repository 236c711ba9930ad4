// The command line of pktw: verbs for the machine.
import type { Verb } from './command.ts'
import { dryRun, json, root, yes } from './options.ts'

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
