// Diagnostics of the area "gen": making the files. Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const genCodes = {
  'gen.template-missing': {
    severity: 'error',
    message: 'the template {template} is missing',
    remedy: 'Install pktw again; the templates belong beside the program.',
  },
  'gen.template-broken': {
    severity: 'error',
    message: 'the template {template} cannot be used: {reason}',
    remedy: 'Mend the template; docs/settings.md tells what a template may ask for.',
  },
  'gen.value-refused': {
    severity: 'error',
    message: '{value} {reason}, which {grammar} cannot hold (template {template})',
    remedy: 'Choose another value for this setting.',
  },
  'gen.unit-name-too-long': {
    severity: 'error',
    message: 'the mount point {where} makes a unit name longer than systemd takes',
    remedy:
      'Choose a shorter path for mount.where; characters other than letters and digits count four times.',
  },
} as const satisfies Record<string, CatalogueRow>
