// Diagnostics of the area "engine". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const engineCodes = {
  'engine.no-drive': {
    severity: 'error',
    message: 'There is no optical drive {device} with a disc that the kernel numbers (DISKSEQ).',
    remedy: 'Name a drive of /sys/class/block, like sr0. The kernel must be 5.15 or newer.',
  },
  'engine.drive-held': {
    severity: 'error',
    message: 'Something else has /dev/{device}: {holder}.',
    remedy:
      'Unmount it or end that program (`fuser -v /dev/{device}` names it), then `systemctl start pktw@{device}`.',
  },
  'engine.drive-open': {
    severity: 'error',
    message: '/dev/{device} cannot be opened: {error}.',
    remedy: 'Load the disc again. The engine must be in the group of the drive (cdrom).',
  },
  'engine.transfer-limit': {
    severity: 'error',
    message:
      'A packet of {packet} KiB does not fit into one transfer to {device}, which carries {limit} KiB.',
    remedy:
      'Plug the drive in again, into another port or without its adapter; the limit is queue/max_hw_sectors_kb in /sys/class/block/{device}.',
  },
  'engine.journal-unreadable': {
    severity: 'error',
    message: 'The journal in {dir} cannot be read, and may have writes for the disc in {device}: {error}.',
    remedy:
      'The disc is not served without it. When the file system that the journal is on is well again, `systemctl start pktw@{device}`. If the journal cannot be saved, move the directory away; what it has for the disc is lost then.',
  },
  'engine.journal-stays': {
    severity: 'error',
    message: 'The journal in {dir} must not be used ({why}), and cannot be moved out of the way: {error}.',
    remedy:
      'Make the file system that it is on writable, or move the directory away; then `systemctl start pktw@{device}`.',
  },
  'engine.disc-unknown': {
    severity: 'error',
    message:
      'The disc in {device} cannot be told from others, since its volume descriptors cannot be read, and the journal in {dir} may be for it.',
    remedy:
      'Clean the disc and load it again, or try another drive. If the journal is for another disc, or the disc cannot be saved, move the directory away.',
  },
  'engine.disc-lost': {
    severity: 'warning',
    message: 'The disc went while it was taken up: {why}.',
    remedy: 'Nothing needs to be done: the disc that is in now is taken up by itself.',
  },
} as const satisfies Record<string, CatalogueRow>
