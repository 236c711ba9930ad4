// Diagnostics of the area "bus": the service on the system bus. Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const busCodes = {
  'bus.not-authorized': {
    severity: 'error',
    message: 'you may not do this from here ({action})',
    remedy:
      'Do it from the desktop session at the machine itself (with several seats: the one that the drive belongs to), authenticate when you are asked, or do it as root; the administrator can name a group that may (access.admins in /etc/pktw/pktw.yaml).',
  },
  'bus.no-polkit': {
    severity: 'error',
    message: 'polkit, which decides who may do this, cannot be asked: {why}',
    remedy: 'Look at its service: systemctl status polkit. Root needs no polkit: sudo pktw …',
  },
  'bus.unreachable': {
    severity: 'error',
    message: 'the service pktwd cannot be reached: {why}',
    remedy: 'Look at it: systemctl status pktwd dbus. Or do it as root, which needs no service: sudo pktw …',
  },
  'bus.systemd-silent': {
    severity: 'error',
    message: 'systemd cannot be asked: {why}',
    remedy: 'Look at the journal: journalctl -b -p err. What pktw does it does by units of systemd.',
  },
  'bus.caller-gone': {
    severity: 'error',
    message: 'whoever asked is gone',
    remedy: 'Ask again, and stay on the bus until the answer.',
  },
  'bus.no-such-drive': {
    severity: 'error',
    message: 'the drive {drive} is gone',
    remedy: 'Connect it again; pktw status shows the drives that are there.',
  },
  'bus.too-many-calls': {
    severity: 'error',
    message: 'too many calls wait for an answer already',
    remedy:
      'Wait for answers before asking again, and close password prompts that nobody answers: the limit is {limit}.',
  },
  'bus.bad-option': {
    severity: 'error',
    message: 'the option {option} is not understood: {why}',
    remedy: 'Prepare takes label (string), erase and full (boolean).',
  },
  'bus.mount-by-udisks': {
    severity: 'error',
    message: 'discs are mounted by udisks here (mount.style: udisks)',
    remedy: 'Call org.freedesktop.UDisks2.Filesystem.Mount, or: udisksctl mount --block-device {device}',
  },
} as const satisfies Record<string, CatalogueRow>
