// The command line of pktw-gen.
import { type DirectoryName, directories, directoryNames } from '../directories.ts'
import { layoutNames } from '../layouts.ts'
import type { Program, Verb } from './command.ts'
import { completion } from './pktw-machine.ts'

const path = { type: 'string', requiresArg: true, value: 'DIR', path: true } as const
const file = { ...path, value: 'FILE' } as const

/** `--prefix` and its like. */
const places = Object.fromEntries(
  directoryNames.map((name) => [
    name,
    {
      ...path,
      group: "Directories (absolute; the layout's unless given):",
      describe: directories[name].describe,
    },
  ]),
) as Record<DirectoryName, typeof path & { group: string; describe: string }>

const source = {
  layout: {
    choices: layoutNames,
    default: 'debian' as const,
    describe: 'Where the distribution keeps its files',
  },
  config: { ...file, describe: 'Settings file; the defaults without it' },
  node: { ...file, describe: 'Node.js for rules and units; /usr/bin/node by default' },
  systemctl: { ...file, describe: 'systemctl for rules; /usr/bin/systemctl by default' },
  templates: { ...path, describe: 'Directory of templates that take the place of ours' },
  'pkg-config': {
    type: 'boolean',
    default: false,
    describe: 'Take directories from the .pc files of udev, systemd and polkit on this machine',
  },
  ...places,
} as const
const json = { type: 'boolean', default: false, describe: 'Print one JSON document for programs' } as const

export const tree = {
  usage: 'tree',
  describe: 'Write all files below a directory, or compare them with one',
  more: [
    '--destdir writes; --diff and --check only look: 0 when all is as it would be written, 1 when not. Below the directory everything is looked at that would be written, and whatever else of pktw is in the same directories.',
    'What templates that take the place of ours make is checked first, as pktw-gen check does.',
    'Man pages may be there compressed, and the days in them and in metainfo are not compared.',
  ],
  positionals: {},
  options: {
    destdir: { ...path, describe: 'Directory to write below' },
    diff: { ...path, describe: 'Directory to compare with: prints a unified diff, from what is there' },
    check: { ...path, describe: 'The same, printing only the names of what differs' },
    'dry-run': { type: 'boolean', default: false, describe: 'Only say what would be written' },
    json,
    ...source,
  },
  examples: [
    ['$0 tree --destdir debian/tmp', 'for a package'],
    ['$0 tree --destdir "$D" --layout gentoo --udevdir "$(get_udevdir)"', 'in an ebuild'],
    ['$0 tree --destdir / --layout nixos --prefix "$out" --node "$node"', 'in a derivation'],
    ['$0 tree --check / --config pktw.yaml --layout fedora', 'is this machine as it should be?'],
  ],
} as const satisfies Verb

export const manifest = {
  usage: 'manifest',
  describe: 'Every file with mode, SHA-256 sum, and the setting that made it',
  positionals: {},
  options: {
    sha256sum: {
      type: 'boolean',
      default: false,
      describe: 'Lines for sha256sum --check, with relative paths, in place of JSON',
    },
    ...source,
  },
  examples: [
    ['$0 manifest --layout arch', 'as JSON'],
    ['$0 manifest --sha256sum | (cd debian/tmp && sha256sum --check)', 'is a tree as it was made?'],
  ],
} as const satisfies Verb

export const list = {
  usage: 'list',
  describe: 'Every artifact, what it is for, and its path',
  positionals: {},
  options: { json, ...source },
  examples: [['$0 list --layout arch', 'paths on Arch']],
} as const satisfies Verb

export const show = {
  usage: 'show <kind>',
  describe: 'Print one artifact',
  positionals: {
    kind: { type: 'string', demandOption: true, describe: 'A name from the list' },
  },
  options: source,
  examples: [
    ['$0 show udev-rules', 'the rules'],
    ['$0 show fstab-line --config pktw.yaml', 'the lines for /etc/fstab'],
  ],
} as const satisfies Verb

export const explain = {
  usage: 'explain <file>',
  describe: 'Print one file; beside each line, the line of the template and the settings it comes from',
  more: [
    'A setting is named where changing it would change the line. Lines without one are always so. With --config the line of the setting in that file is told as well.',
  ],
  positionals: {
    file: {
      type: 'string',
      demandOption: true,
      describe: 'Its path, its name, or a name from the list',
    },
  },
  options: { json, ...source },
  examples: [
    ['$0 explain 61-pktw.rules', 'the rules'],
    ['$0 explain pktw@.service --config pktw.yaml', 'with places in the settings'],
  ],
} as const satisfies Verb

export const check = {
  usage: 'check',
  describe: 'Have the files looked at by what knows their grammars: udev, systemd, mount, D-Bus and others',
  positionals: {},
  options: { json, ...source },
  examples: [
    ['$0 check', 'the defaults'],
    ['$0 check --config /etc/pktw/pktw.yaml --templates /etc/pktw/templates', 'this machine'],
  ],
} as const satisfies Verb

const out = { ...path, default: '.', describe: 'Directory to write below' } as const

const maintainer = {
  type: 'string',
  requiresArg: true,
  value: 'NAME <ADDRESS>',
  default: 'pktw <pktw@pktw.invalid>',
  describe: 'Who answers for the package',
} as const

export const packageVerb = {
  usage: 'package <format>',
  describe: 'Write what a package is made from, and make it where the tool for that is installed',
  more: [
    'The programs beside this one are in it, with the licences of everything that is bundled into them. Nothing is read of the machine, and no root is needed; with the same SOURCE_DATE_EPOCH the same bytes come out.',
    'sysext is a system extension, which has what belongs below /usr, confext a configuration extension, which has what belongs below /etc: see systemd-sysext(8).',
  ],
  positionals: {
    format: {
      choices: ['deb', 'rpm', 'arch', 'sysext', 'confext'] as const,
      demandOption: true,
      describe: 'Kind of package',
    },
  },
  options: {
    ...source,
    out,
    layout: { choices: layoutNames, describe: 'Where the distribution keeps its files; that of the format' },
    maintainer,
    'os-id': {
      type: 'string',
      requiresArg: true,
      value: 'ID',
      default: '_any',
      describe: 'Extensions: ID= of the os-release that they are for',
    },
    'os-version': {
      type: 'string',
      requiresArg: true,
      value: 'VERSION',
      describe: 'Extensions: VERSION_ID= of the os-release that they are for',
    },
    build: { type: 'boolean', default: true, describe: 'Make the package; --no-build only writes the files' },
    json,
  },
  examples: [
    ['$0 package deb --out build', 'build/pktw_VERSION-1_all.deb'],
    ['$0 package arch --out . --no-build', 'PKGBUILD, .SRCINFO and the source'],
    ['$0 package sysext --os-id fedora --os-version 42', 'an image for a read-only /usr'],
  ],
} as const satisfies Verb

export const ansible = {
  usage: 'ansible',
  describe: 'Write a role for Ansible that installs the files and the programs beside this one',
  more: [
    'The role is the directory pktw below the one that is given. A run on a machine that has everything already changes nothing; it also runs with --check. Its variables, with what they are for, are in defaults/main.yml.',
  ],
  positionals: {},
  options: { ...source, out, maintainer },
  examples: [['$0 ansible --out roles --config pktw.yaml --layout fedora', 'roles/pktw']],
} as const satisfies Verb

export const configCheck = {
  usage: 'config check <file>',
  describe: 'All that is wrong with a settings file',
  positionals: { file: { type: 'string', demandOption: true, describe: 'Settings file' } },
  options: { json },
  examples: [['$0 config check /etc/pktw/pktw.yaml', 'before installing']],
} as const satisfies Verb

export const configShow = {
  usage: 'config show [file]',
  describe: 'The settings with every default filled in',
  positionals: { file: { type: 'string', describe: 'Settings file; the defaults without it' } },
  options: { json },
  examples: [['$0 config show', 'the defaults']],
} as const satisfies Verb

export const configSchema = {
  usage: 'config schema',
  describe: 'JSON Schema of the settings file, for editors',
  positionals: {},
  options: {},
  examples: [['$0 config schema > pktw.schema.json', 'for an editor']],
} as const satisfies Verb

export const pktwGen = {
  name: 'pktw-gen',
  section: 1,
  what: 'make the files that connect packet writing to the system',
  about: [
    'pktw-gen makes udev rules, units, polkit policy and the other files of pktw for the layout of a distribution, from settings (pktw.yaml(5)) and templates. It needs no root, and looks at nothing of the machine that it was not given: the same input makes the same bytes.',
    'pktw install does for one machine what this does for a package.',
  ],
  verbs: [
    tree,
    manifest,
    list,
    show,
    explain,
    check,
    packageVerb,
    ansible,
    configCheck,
    configShow,
    configSchema,
    completion,
  ],
  options: {},
  examples: [
    ['$0 tree --destdir debian/tmp', 'what a package installs'],
    ['$0 package deb', 'the package itself'],
    ['$0 show udev-rules', 'read one file'],
    ['$0 check', 'have it checked'],
  ],
  exit: 'Exit codes: 0 done, 1 something was found or could not be done, 2 wrong usage.',
  files: [],
  environment: [
    [
      'SOURCE_DATE_EPOCH',
      'seconds since 1970: the date in man pages and packages; that of the release without it',
    ],
    ['PKG_CONFIG_PATH', 'and its like: for --pkg-config, see pkg-config(1)'],
  ],
  also: ['pktw(1)', 'pktw(7)', 'pktw.yaml(5)'],
} as const satisfies Program
