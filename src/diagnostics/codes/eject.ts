// Diagnostics of the area "eject": why the tray stays shut though the button was pressed.
import type { CatalogueRow } from '../catalogue.ts'

export const ejectCodes = {
  'eject.not-on-disc': {
    severity: 'error',
    message: 'the tray of {drive} stays shut: what was last written is not on the disc ({why})',
    remedy:
      'Leave the disc in and press the button again: that tries once more. To give the disc up as it is: `sudo systemctl stop pktw@{drive}`',
  },
  'eject.no-engine': {
    severity: 'error',
    message: 'the disc stays in {drive}: its engine does not answer, and no other one took over from it',
    remedy:
      'What was last written is kept, and written when the disc is taken up again. To give the disc up as it is: `sudo systemctl stop pktw@{drive}`, then press the button again. What happened: `sudo journalctl -u pktw@{drive}`',
  },
} as const satisfies Record<string, CatalogueRow>
