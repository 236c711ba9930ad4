// Diagnostics of the area "drive". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const driveCodes = {
  'drive.timeout': {
    severity: 'error',
    message: 'The drive {device} did not answer in time.',
    remedy: 'Eject the disc and load it again; if it stays so, unplug the drive or restart the machine.',
  },
  'drive.gone': {
    severity: 'error',
    message: 'The drive {device} is no longer there.',
    remedy: 'Look at the cable and the power of the drive.',
  },
  'drive.refused': {
    severity: 'error',
    message: 'The kernel refused a command for {device}.',
    remedy: 'It needs to be run as root, or as a member of the group of the drive (cdrom).',
  },
  'drive.host': {
    severity: 'error',
    message: 'A command for {device} was lost on its way: cable, USB bridge or controller.',
    remedy: 'Try another port or cable; the kernel log has more (`journalctl -k`).',
  },
  'drive.command-failed': {
    severity: 'error',
    message: 'The drive {device} answered with an error: {error}.',
    remedy: 'Eject the disc and load it again. If it stays so, try another disc, then another drive.',
  },
  'drive.no-sg': {
    severity: 'error',
    message: 'The drive {device} has no SCSI generic device.',
    remedy: 'Load the module: `modprobe sg`. An installed pktw loads it at boot.',
  },
  'drive.unexpected': {
    severity: 'error',
    message: 'Examining {device} failed inside pktw.',
    remedy: 'Please report it with the journal of the time it happened.',
  },
} as const satisfies Record<string, CatalogueRow>
