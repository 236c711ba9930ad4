// Diagnostics of the area "cli". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const cliCodes = {
  'cli.usage': { severity: 'error', message: '{why}', remedy: 'See {command} --help.' },
  'cli.failed': {
    severity: 'error',
    message: '{why}',
    remedy: 'Mend what the message names; where it names nothing, please report it as a fault of pktw.',
  },
  'cli.no-drive': {
    severity: 'error',
    message: 'no optical drive was found',
    remedy: 'Connect one, and look with pktw status.',
  },
  'cli.which-drive': {
    severity: 'error',
    message: 'it is not clear which drive is meant: {drives}',
    remedy: 'Say which one, for example: pktw {verb} {first}',
  },
  'cli.not-a-drive': {
    severity: 'error',
    message: '{name} is not an optical drive',
    remedy: 'Give a name as pktw status shows it: sr0, /dev/sr0 or /dev/cdrom.',
  },
  'cli.not-allowed': {
    severity: 'error',
    message: 'you may not do this from here: {why}',
    remedy: 'Do it from the desktop session at the machine itself, or with sudo.',
  },
  'cli.unit-failed': {
    severity: 'error',
    message: 'systemd could not {verb} {unit}: {why}',
    remedy: 'The journal says more: journalctl -u {unit} -n 20',
  },
  'cli.not-installed': {
    severity: 'error',
    message: 'pktw is not installed on this system',
    remedy: 'Run sudo pktw install.',
  },
  'cli.not-installed-there': {
    severity: 'error',
    message: 'pktw is not installed in {root}',
    remedy: 'Run sudo pktw install --root {root}.',
  },
  'cli.installed-by-package': {
    severity: 'error',
    message: 'pktw is here as a package, of which there is no manifest of pktw install',
    remedy:
      'Ask the package manager what differs: dpkg --verify pktw, rpm --verify pktw or pacman -Qkk pktw. Or pktw-gen tree --check /',
  },
  'cli.not-ready': {
    severity: 'error',
    message: '{drive} has no disc that can be written packet by packet ({state}): {why}',
    remedy: 'Put in a rewritable disc that is prepared for packet writing; pktw status tells what is in now.',
  },
  'cli.disc-held': {
    severity: 'error',
    message: '{drive} stays shut: {command} (process {pid}) uses {file}',
    remedy: 'Close it, or let pktw end it: pktw eject {drive} --force',
  },
  'cli.disc-in-use': {
    severity: 'error',
    message: 'the disc in {drive} is in use by {who}',
    remedy:
      'Close it there (a LUKS volume: cryptsetup close; a container: end it), then: pktw {verb} {drive}',
  },
  'cli.cut-off': {
    severity: 'warning',
    message: 'the disc in {drive} was cut off from {who}: what was not written yet is lost to it',
  },
  'cli.still-held': {
    severity: 'error',
    message: '{command} (process {pid}) did not end and still uses {file}',
    remedy: 'End it yourself, then pktw eject {drive}.',
  },
  'cli.no-confirmation': {
    severity: 'error',
    message: 'nothing was done: it was not confirmed',
    remedy: 'Answer y, or give --yes.',
  },
  'cli.not-mapped': {
    severity: 'error',
    message: 'the disc in {drive} is not mapped',
    remedy: 'Take it up with pktw map {drive}; pktw status tells what is in the drive.',
  },
  'cli.no-file-system': {
    severity: 'error',
    message: 'the disc in {drive} has no file system',
    remedy: 'Make one, which erases the disc: pktw prepare {drive}',
  },
  'cli.no-mount-point': {
    severity: 'error',
    message: '{drive} is number {number} of the mapped drives, and {slots} may be mounted',
    remedy:
      'Raise mount.slots in /etc/pktw/pktw.yaml, then sudo pktw install; or let another disc go: pktw unmap',
  },
  'cli.mount-not-ours': {
    severity: 'error',
    message: 'pktw is set not to mount discs (mount.style: none)',
    remedy:
      'sudo mount -t udf -o noatime /dev/pktw/{drive} /mnt, or have it done: sudo pktw install --mount systemd',
  },
  'cli.no-udisks': {
    severity: 'error',
    message: 'this is left to udisks, and udisksctl is not installed',
    remedy: 'Install the package udisks2, or have systemd mount discs: sudo pktw install --mount systemd',
  },
  'cli.udisks-failed': {
    severity: 'error',
    message: 'udisks could not {verb} /dev/{device}: {why}',
    remedy: 'The journal says more: journalctl -u udisks2 -n 20',
  },
  'cli.mount-busy': {
    severity: 'error',
    message: 'the disc in {drive} stays mounted: {command} (process {pid}) uses {file}',
    remedy: 'Close it, then pktw {verb} {drive}.',
  },
  'cli.still-mounted': {
    severity: 'error',
    message: 'the disc in {drive} stays mounted at {target}: {why}',
    remedy: "It may be another user's program; this names it: sudo fuser --verbose --mount {target}",
  },
  'cli.settings-damaged': {
    severity: 'error',
    message: '{path} is damaged: {why}',
    remedy: 'Run sudo pktw install, which writes it anew.',
  },
  'cli.no-key': {
    severity: 'error',
    message: 'there is no setting {key}',
    remedy: '{hint} pktw config show has them all.',
  },
  'cli.settings-unreadable': {
    severity: 'error',
    message: '{file} cannot be read: {why}',
    remedy: 'Give the path of a settings file that you may read with --config.',
  },
  'cli.settings-not-written': {
    severity: 'error',
    message: '{file} cannot be written: {why}',
    remedy: 'The settings of the machine are for root to change: do it with sudo.',
  },
  'cli.no-editor': {
    severity: 'error',
    message: 'no editor was found',
    remedy: 'Name one: EDITOR=nano pktw config edit',
  },
  'cli.editor-failed': {
    severity: 'error',
    message: '{program} ended with {code}; nothing was changed',
    remedy: 'What was written is in {draft}.',
  },
  'cli.draft-kept': {
    severity: 'error',
    message: 'nothing was changed',
    remedy:
      'Your text is in {draft}. Mend it there, then: install -m 644 {draft} {file}, as root where it is root’s',
  },
  'cli.fix-failed': {
    severity: 'error',
    message: 'this could not be mended: {why}',
    remedy: 'Do it by hand: {command}',
  },
  'cli.engine-silent': {
    severity: 'error',
    message: 'the engine of {drive} does not answer: whether everything is on the disc is not known',
    remedy: 'Its journal says why: journalctl -u pktw@{drive} -n 20',
  },
} as const satisfies Record<string, CatalogueRow>
