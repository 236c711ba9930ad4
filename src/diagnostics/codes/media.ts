// Diagnostics of the area "media". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const mediaCodes = {
  'media.ready': {
    severity: 'info',
    message: 'The disc is ready to be written like a disk.',
  },
  'media.ready-not-erasable': {
    severity: 'info',
    message:
      'The disc is ready, though the drive says that it is not erasable: drives say so of discs that they formatted themselves.',
    remedy:
      'Nothing needs to be done. If every write fails, format the disc again (`pktw prepare --full`), in another drive if need be.',
  },
  'media.no-disc': {
    severity: 'info',
    message: 'There is no disc in the drive, or one that the drive does not know.',
    remedy: 'Put a disc in and close the tray.',
  },
  'media.busy': {
    severity: 'warning',
    message: 'The drive is busy with the disc: it spins up, or a format runs.',
    remedy: 'Wait until it is done, then load the disc again. A format can take an hour.',
  },
  'media.unknown-profile': {
    severity: 'info',
    message: 'The drive gives the disc a media profile that pktw does not know.',
    remedy: 'Use a CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE.',
  },
  'media.read-only': {
    severity: 'info',
    message: 'The disc is a pressed one: it can only be read.',
    remedy: 'To write files, use a CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE.',
  },
  'media.write-once': {
    severity: 'info',
    message: 'The disc can be written once, not rewritten.',
    remedy: 'Write it with a burning program, or use a rewritable disc.',
  },
  'media.blank-cd-rw': {
    severity: 'info',
    message: 'The CD-RW is blank.',
    remedy: 'Prepare it for packet writing, which takes up to half an hour: `pktw prepare`',
  },
  'media.blank-dvd-rw': {
    severity: 'info',
    message: 'The DVD-RW is blank and in sequential mode.',
    remedy: 'Prepare it for packet writing, which takes up to an hour: `pktw prepare`',
  },
  'media.sequential-dvd-rw': {
    severity: 'info',
    message: 'The DVD is recorded in sequential mode, as a burning program leaves it.',
    remedy:
      'Its files can be read. To write to it like a disk, prepare a DVD-RW for packet writing, which erases it: `pktw prepare`',
  },
  'media.session-burnt': {
    severity: 'info',
    message: 'The CD-RW was burnt in sessions, it has no packets.',
    remedy:
      'Its files can be read. To write to it like a disk, prepare it for packet writing, which erases it: `pktw prepare`',
  },
  'media.variable-packets': {
    severity: 'info',
    message: 'The CD-RW has packets of variable size, which cannot be overwritten.',
    remedy: 'Prepare it for packet writing, which erases it: `pktw prepare`',
  },
  'media.not-first-track': {
    severity: 'warning',
    message:
      'The packets of this CD-RW do not begin at the start of the disc: another track stands before them.',
    remedy: 'Copy its files elsewhere and prepare it for packet writing, which erases it: `pktw prepare`',
  },
  'media.reserved-blank-track': {
    severity: 'warning',
    message: 'The format of the CD-RW was not finished: its track is reserved and blank.',
    remedy: 'Prepare it for packet writing again: `pktw prepare`',
  },
  'media.packet-size': {
    severity: 'warning',
    message: 'The drive tells an impossible packet size for this CD-RW (0, or more than 128 blocks).',
    remedy:
      'Eject the disc and load it again. If it stays so, prepare it for packet writing, which erases it: `pktw prepare`',
  },
  'media.data-mode': {
    severity: 'warning',
    message: 'The track of this CD-RW is of neither data mode 1 nor 2, so it cannot be written to match.',
    remedy:
      'Eject the disc and load it again. If it stays so, prepare it for packet writing, which erases it: `pktw prepare`',
  },
  'media.format-unfinished': {
    severity: 'warning',
    message: 'The DVD-RW was quick-formatted and its session never closed, so its size is not known.',
    remedy: 'Prepare it for packet writing again, which formats all of it: `pktw prepare`',
  },
  'media.unformatted-dvd': {
    severity: 'info',
    message: 'The DVD-RW is not formatted.',
    remedy: 'Prepare it for packet writing: `pktw prepare`',
  },
  'media.unformatted-dvd-plus-rw': {
    severity: 'info',
    message: 'The DVD+RW was never formatted.',
    remedy: 'Prepare it for packet writing: `pktw prepare`',
  },
  'media.unformatted-dvd-ram': {
    severity: 'info',
    message: 'The DVD-RAM is not formatted, or its format was interrupted.',
    remedy: 'Prepare it for packet writing: `pktw prepare`',
  },
  'media.unformatted-bd-re': {
    severity: 'info',
    message: 'The BD-RE is not formatted.',
    remedy: 'Prepare it for packet writing: `pktw prepare`',
  },
  'media.ready-mrw': {
    severity: 'info',
    message:
      'The disc has a Mount Rainier format: the drive gathers the packets itself, and the kernel writes it like a disk.',
    remedy:
      'Nothing needs to be done: it is used on the drive itself, whatever backend its medium is set to.',
  },
  'media.mrw-read-only': {
    severity: 'info',
    message: 'The disc has a Mount Rainier format, which this drive does not write.',
    remedy: 'Its files can be read. To write to it, use a drive that writes Mount Rainier (MRW).',
  },
  'media.write-protected': {
    severity: 'info',
    message: 'The disc is write-protected.',
    remedy:
      'Move the tab of the cartridge, or take the protection off in the program that set it. It can be read as it is.',
  },
  'media.damaged-session': {
    severity: 'warning',
    message: 'The drive calls the last session or track damaged: a write failed there.',
    remedy:
      'Read what can be read, then erase and format the whole disc: `pktw prepare --full`. A disc that comes to this twice is worn out.',
  },
  'media.capacity-implausible': {
    severity: 'error',
    message: 'The drive tells no plausible size for the disc.',
    remedy:
      'Eject the disc and load it again. If it stays so, format it again (`pktw prepare --full`) or try another drive.',
  },
  'media.no-disc-information': {
    severity: 'error',
    message: 'The drive did not tell the state of the disc (READ DISC INFORMATION failed).',
    remedy: 'Eject the disc and load it again. If it stays so, the disc is unreadable in this drive.',
  },
  'media.no-track-information': {
    severity: 'error',
    message: 'The drive did not tell how the disc is recorded (READ TRACK INFORMATION failed).',
    remedy: 'Eject the disc and load it again. If it stays so, the disc is unreadable in this drive.',
  },
} as const satisfies Record<string, CatalogueRow>
