// The programs that udev and systemd run: their --help and their man pages.
import { softwareError } from '../crash.ts'
import { nameOf, type Program, type Verb } from './command.ts'

const moment = (usage: string, describe: string): Verb => ({
  usage,
  describe,
  positionals: {},
  options: {},
  examples: [],
})

export const pktwHook: Program = {
  name: 'pktw-hook',
  section: 8,
  what: "the moments of a disc's life, for systemd",
  synopsis: 'VERB [DRIVE]',
  about: ["Run by systemd, one verb for each moment of a disc's life (see systemctl cat pktw@sr0)."],
  verbs: [
    moment('claim', 'the drive becomes ours; what an automounter made of it is unmounted'),
    moment('attach', "the engine's socket becomes /dev/pktw/DRIVE"),
    moment('detach', 'unmount, flush, let go of the block device'),
    moment(
      'release',
      'forget the drive, whatever is left of it; after a crash of the engine leave all as it is',
    ),
    moment('reconnect', 'the kernel waits for the next engine after a crash, or goes on with it (pktw-nbd@)'),
    moment('lost', 'the engine crashed for good: forget the drive (pktw-lost@)'),
    moment('look', 'have udev look at the drive again, once its disc is ready'),
    moment('unmap', 'all of that and the end of pktw@, unless somebody uses the disc (pktw-unmap@)'),
    moment('eject', 'the same, then open the tray (pktw-eject@)'),
    moment('inhibit', 'keep the machine from sleeping until everything is on the disc (pktw-inhibit@)'),
    moment('prepare', 'format the disc as ordered and make its file system (pktw-prepare@)'),
    moment('prepare-end', 'nothing is left that says that it is being prepared'),
    moment('sleep', '(no DRIVE) everything goes to its disc before the machine sleeps'),
    moment('resume', '(no DRIVE) the machine has slept: look at the drives'),
    moment('seat', '(no DRIVE) another user is in front of the seat: mount for that one what nobody uses'),
  ],
  options: {},
  examples: [['systemctl start pktw-eject@sr0', 'rather than pktw-hook eject sr0']],
  exit: 'Exit codes: 0 done, 1 it could not be done (the journal says why), 2 wrong usage.',
  files: [
    ['/run/pktw', 'state of this boot: which drives and discs are ours'],
    ['/var/lib/pktw', 'what outlives a boot: journals and records of discs'],
  ],
  environment: [],
  also: ['pktw(1)', 'pktw(7)', 'pktw-engine(8)', 'pktw-probe(8)'],
}

export const pktwProbe: Program = {
  name: 'pktw-probe',
  section: 8,
  what: 'what the disc in a drive is, for udev',
  synopsis: '[options] DRIVE',
  about: [
    "Prints what the disc in DRIVE (/dev/sr0 or sr0) is, as PKTW_*=value lines for udev's IMPORT{program}.",
    'PKTW_STATE is ready for a disc that can be written in packets; otherwise PKTW_REASON says why not, in a word that the manual of diagnostics explains. PKTW_BACKEND is what writes the disc.',
  ],
  verbs: [],
  options: {
    json: { type: 'boolean', describe: 'one JSON object instead' },
    backend: {
      type: 'string',
      value: 'NAME',
      describe:
        'what the settings ask for: engine (default), direct or pktcdvd; PKTW_BACKEND is what it comes to with this disc',
    },
    sg: {
      type: 'string',
      value: 'PATH',
      describe: 'the SCSI generic device to use, instead of the one sysfs names',
    },
  },
  examples: [['pktw-probe --json sr0', 'as pktw status has it']],
  exit: 'Exit codes: 0 for every disc, and for none; 2 wrong usage.',
  files: [],
  environment: [],
  also: ['pktw(1)', 'pktw(7)', 'udev(7)'],
}

export const pktwEngine: Program = {
  name: 'pktw-engine',
  section: 8,
  what: 'the packet engine: serve a disc as a block device',
  synopsis: '[options] DRIVE',
  about: [
    'Serves the disc in DRIVE (sr0) as an NBD export that takes writes of any size and hands the drive whole packets. A disc that the kernel writes by itself (backend direct or pktcdvd in the settings) is only watched.',
    'pktw@DRIVE.service runs it: systemctl start pktw@sr0',
  ],
  verbs: [],
  options: {
    drive: { type: 'string', value: 'NAME', describe: 'the drive, as sr0' },
    sg: { type: 'string', value: 'PATH', describe: 'its SCSI generic device; default: found in /sys' },
    'runtime-dir': {
      type: 'string',
      value: 'DIR',
      describe:
        'where nbd.sock, control.sock and status.sock are made; default: $RUNTIME_DIRECTORY, else /run/pktw/DRIVE',
    },
    'state-dir': {
      type: 'string',
      value: 'DIR',
      describe: 'where journal and records of discs are kept; default: $STATE_DIRECTORY, else none are',
    },
  },
  examples: [
    [
      'pktw-engine sr0 --runtime-dir /tmp/engine',
      "then nbdinfo 'nbd+unix:///disc?socket=/tmp/engine/nbd.sock'",
    ],
  ],
  exit: `Exit codes: 0 when everything is on the disc or the disc went away; 1 when it could not start or the last writes failed; 2 wrong usage; ${softwareError} a fault of its own, and the unit starts it again.`,
  files: [
    ['/run/pktw/DRIVE', 'its sockets'],
    ['/var/lib/pktw/discs', 'journal and records of discs'],
  ],
  environment: [
    ['RUNTIME_DIRECTORY', 'see --runtime-dir; systemd sets it'],
    ['STATE_DIRECTORY', 'see --state-dir; systemd sets it'],
  ],
  also: ['pktw(1)', 'pktw(7)', 'pktw-hook(8)', 'nbd-client(8)'],
}

export const pktwSession: Program = {
  name: 'pktw-session',
  section: 8,
  what: 'rewritable discs in a desktop session',
  synopsis: '[VERB]',
  about: [
    'Runs in the session of a desktop user as pktw-session.service, without any rights of its own: gives back a disc that the desktop has unmounted, shows notifications, and keeps automounters waiting while a disc is prepared.',
    'Acts only while its user is in front of the seat that the drive stands at. A desktop that lacks one of these things is left alone.',
  ],
  verbs: [
    moment('run', '(default) until the session ends'),
    moment(
      'restore',
      'give back what one that died took from the desktop (KDE: the module device_automounter)',
    ),
  ],
  options: {},
  examples: [
    ['systemctl --user status pktw-session', 'whether it runs'],
    ['systemctl --user mask --now pktw-session', 'for a user who wants none of it'],
  ],
  exit: 'Exit codes: 0 the session ended, 1 its bus went away, 2 wrong usage.',
  files: [
    ['/run/pktw', 'what it watches'],
    ['$XDG_RUNTIME_DIR/pktw-session', 'what has to be given back'],
  ],
  environment: [
    ['XDG_RUNTIME_DIR', "the user's runtime directory; systemd sets it"],
    ['DBUS_SESSION_BUS_ADDRESS', "the session's bus; default: $XDG_RUNTIME_DIR/bus"],
  ],
  also: ['pktw(1)', 'pktw(7)', 'pktw.yaml(5)', 'pktw-hook(8)'],
}

/** As wide as a terminal of old. */
const width = 100

/** Words in lines, each begun with `indent`, the first with `first`. */
function wrapped(text: string, first: string, indent: string): string {
  const lines: string[] = []
  let line = first
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > width && line.trim() !== '') {
      lines.push(line)
      line = indent
    }
    line += line === '' || line.endsWith(' ') ? word : ` ${word}`
  }
  return [...lines, line].join('\n')
}

/** What --help prints, ending in a line break. */
export function usageText(program: Program): string {
  const options: (readonly [string, string])[] = Object.entries(program.options).map(
    ([name, { value, describe }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, describe],
  )
  const rows = [
    ...program.verbs.map((verb) => [nameOf(verb), verb.describe] as const),
    ...options,
    ['--help', 'this text'] as const,
  ]
  const column = Math.max(...rows.map(([name]) => name.length)) + 4
  return `${[
    `usage: ${program.name} ${program.synopsis ?? 'VERB'}`,
    program.about.map((text) => wrapped(text, '', '')).join('\n'),
    rows.map(([name, what]) => wrapped(what, `  ${name}`.padEnd(column), ' '.repeat(column))).join('\n'),
    wrapped(program.exit, '', ''),
    program.examples.map(([command, what]) => `example: ${command}     (${what})`).join('\n'),
  ].join('\n\n')}\n`
}
