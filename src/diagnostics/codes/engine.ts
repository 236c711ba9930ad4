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
  'engine.disc-lost': {
    severity: 'warning',
    message: 'The disc went while it was taken up: {why}.',
    remedy: 'Nothing needs to be done: the disc that is in now is taken up by itself.',
  },
} as const satisfies Record<string, CatalogueRow>
