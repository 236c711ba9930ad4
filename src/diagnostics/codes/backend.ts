// Diagnostics of the area "backend": discs that the kernel writes. Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const backendCodes = {
  'backend.pktcdvd-missing': {
    severity: 'error',
    message:
      'The settings want pktcdvd for the disc in {drive}, and this kernel has none (/sys/class/pktcdvd/add is not there).',
    remedy:
      'Set the medium to engine in /etc/pktw/pktw.yaml and run `pktw install` again. Linux 6.17 and newer have no pktcdvd.',
  },
  'backend.pktcdvd-refused': {
    severity: 'error',
    message:
      'pktcdvd did not map {drive}: the kernel reports success in any case, but device_map does not list the drive.',
    remedy:
      'The kernel log says why (`journalctl -k`). All of its 8 devices may be in use, or another program has the drive.',
  },
  'backend.pktcdvd-name': {
    severity: 'error',
    message:
      'pktcdvd gives {drive} the name {device}, but the free mount point is the one of /dev/pktcdvd/pktcdvd{slot}.',
    remedy: 'Eject the other rewritable discs, or set all media to engine, which has no such limit.',
  },
  'backend.pktcdvd-defect': {
    severity: 'warning',
    message:
      "{drive} is written by the kernel's pktcdvd ({device}). As released in Linux 5.11 to 6.16 it puts data in the wrong place of a packet (pkt_start_write copies to its start), and whoever asks its device CD questions hangs for good. Requests are held to one packet ({kib} KiB), since it stops at larger ones (BUG in pktcdvd.c).",
    remedy: 'Compare what was written with what is on the disc, or set the medium to engine.',
  },
  'backend.pktcdvd-requests': {
    severity: 'error',
    message: 'The requests to {device} cannot be held to one packet ({kib} KiB): {error}.',
    remedy: 'pktcdvd would stop for good at the first larger one. Set the medium to engine.',
  },
  'backend.pktcdvd-kept': {
    severity: 'warning',
    message: 'pktcdvd does not let go of {drive}: {device} is still mapped.',
    remedy:
      'A program has it open (`fuser -v /dev/pktcdvd/{device}`), or hangs in the driver; then only a restart helps.',
  },
} as const satisfies Record<string, CatalogueRow>
