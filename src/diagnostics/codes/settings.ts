// Diagnostics of the area "settings": /etc/pktw/pktw.yaml. Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const settingsCodes = {
  'settings.syntax': {
    severity: 'error',
    message: 'not valid YAML: {reason}',
    remedy: 'Mend the text here; docs/settings.md has an example of each setting.',
  },
  'settings.duplicate-key': {
    severity: 'error',
    message: 'the key {key} is there twice',
    remedy: 'Remove one of the two.',
  },
  'settings.unknown-key': {
    severity: 'error',
    message: 'there is no setting {key}{place}',
    remedy: '{hint} docs/settings.md has them all.',
  },
  'settings.missing-key': {
    severity: 'error',
    message: '{key} is missing',
    remedy: 'It has no default: add it, or remove the entry that it belongs to.',
  },
  'settings.wrong-type': {
    severity: 'error',
    message: '{key} must be {expected}, not {found}',
    remedy: 'docs/settings.md has an example of each setting.',
  },
  'settings.not-text': {
    severity: 'error',
    message: '{key} must be text, not {found}',
    remedy: 'Put the value in quotes.',
  },
  'settings.not-one-of': {
    severity: 'error',
    message: '{key} cannot be {found}',
    remedy: '{hint} docs/settings.md says what each does.',
  },
  'settings.out-of-range': {
    severity: 'error',
    message: '{key} must be {bound}',
    remedy: 'Leave the key out for its default.',
  },
  'settings.backend-medium': {
    severity: 'error',
    message: '{medium} cannot be written by {found}: {reason}',
    remedy: 'Use engine, which writes all media on any kernel, or none to leave this medium alone.',
  },
  'settings.pktcdvd': {
    severity: 'warning',
    message:
      "{medium} would be written by the kernel's pktcdvd, which as released in 6.1 and 6.12 puts data in the wrong place of a packet (pkt_start_write copies to its start), stops for good on requests of more than two packets, and hangs whoever asks its device CD questions; 6.17 has none",
    remedy:
      'Use engine. Keep pktcdvd for kernels whose driver you have mended or know to be older than 5.11.',
  },
  'settings.bad-speed': {
    severity: 'error',
    message: '{key} cannot be {found}',
    remedy: "Use max, the drive's best for the medium, or a multiple of 1x from 0.5 to 100, as 4.",
  },
  'settings.bad-owner': {
    severity: 'error',
    message: 'mount.owner cannot be {found}',
    remedy: 'Use seat, group, everyone, or numbers: { uid: 1000, gid: 1000 }.',
  },
  'settings.bad-automount': {
    severity: 'error',
    message: 'mount.automount cannot be {found}',
    remedy: 'Use false, or the seconds of idleness until the disc is unmounted: 0 (never) to 86400.',
  },
  'settings.bad-mode': {
    severity: 'error',
    message: '{mode} is not an octal mode',
    remedy: 'Write it with a zero in front, or quoted: 0660. Without, YAML takes it for a decimal number.',
  },
  'settings.unreasonable-mode': {
    severity: 'error',
    message:
      'mode {mode} is unreasonable for a device node: its owner must read and write it, and nobody execute it',
    remedy: 'The default is 0660; 0600 keeps the group out.',
  },
  'settings.world-writable': {
    severity: 'warning',
    message: 'with mode {mode} every user and every service of this machine may overwrite the disc, going on',
    remedy: 'Use 0660; the user in front of the machine is let in by udev either way.',
  },
  'settings.bad-group': {
    severity: 'error',
    message: '{group} is not the name of a group',
    remedy: 'A name begins with a letter and holds letters, digits, - and _; the default is cdrom.',
  },
  'settings.bad-where': {
    severity: 'error',
    message: 'the mount point {where} {reason}',
    remedy: 'Give a plain absolute path such as /media/cdvdrw.',
  },
  'settings.bad-option': {
    severity: 'error',
    message: '{option} is not one mount option',
    remedy: 'Give each option as an entry of its own, without spaces, commas and quotes: [rw, noatime].',
  },
  'settings.long-options': {
    severity: 'error',
    message: 'the mount options are longer than the {limit} bytes that the kernel takes',
    remedy: 'Leave out what is not needed.',
  },
  'settings.option-atime': {
    severity: 'error',
    message:
      'the mount option {option} is refused: every read would then rewrite a packet, and wear the disc out',
    remedy: 'Use noatime.',
  },
  'settings.no-noatime': {
    severity: 'error',
    message: 'noatime is missing: without it every read would rewrite a packet, and wear the disc out',
    remedy: 'Add noatime to mount.options.',
  },
  'settings.option-ro': {
    severity: 'error',
    message: 'the mount option ro is refused: a packet-written disc is there to be written',
    remedy: 'To leave a medium alone, set it to none under media.',
  },
  'settings.option-owner': {
    severity: 'error',
    message: 'the mount option {option} is refused: mount.owner decides whose the files are',
    remedy: 'Set mount.owner, for instance to { uid: 1000, gid: 1000 }.',
  },
  'settings.bad-match': {
    severity: 'error',
    message: '{text} cannot be matched: udev has no way to write it',
    remedy: 'Take the value from `udevadm info /dev/sr0`; a ? stands for any one character.',
  },
  'settings.match-nothing': {
    severity: 'error',
    message: 'this match would hold for every drive',
    remedy: 'Give at least one of vendor, model and serial, as `udevadm info /dev/sr0` shows them.',
  },
  'settings.drive-no-effect': {
    severity: 'warning',
    message: 'this entry changes nothing, ignoring',
    remedy: 'Say ignore: true, or name media that differ for this drive.',
  },
} as const satisfies Record<string, CatalogueRow>
