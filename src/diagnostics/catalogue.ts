// Every code a user can meet, in one place: severity, message, remedy. docs/diagnostics.md is made from it.
// One file an area, so that the whole of an area can be read at once.

import { backendCodes } from './codes/backend.ts'
import { busCodes } from './codes/bus.ts'
import { cliCodes } from './codes/cli.ts'
import { doctorCodes } from './codes/doctor.ts'
import { driveCodes } from './codes/drive.ts'
import { ejectCodes } from './codes/eject.ts'
import { engineCodes } from './codes/engine.ts'
import { genCodes } from './codes/gen.ts'
import { installCodes } from './codes/install.ts'
import { mediaCodes } from './codes/media.ts'
import { prepareCodes } from './codes/prepare.ts'
import { settingsCodes } from './codes/settings.ts'
import type { Diagnostic, Place, Severity } from './diagnostic.ts'

/** One row of the catalogue. `{name}` in the texts is replaced by the parameter of that name. */
export interface CatalogueRow {
  severity: Severity
  message: string
  remedy?: string
}

export const catalogue = {
  ...settingsCodes,
  ...mediaCodes,
  ...driveCodes,
  ...engineCodes,
  ...ejectCodes,
  ...backendCodes,
  ...prepareCodes,
  ...installCodes,
  ...cliCodes,
  ...busCodes,
  ...doctorCodes,
  ...genCodes,
} as const satisfies Record<string, CatalogueRow>

export type DiagnosticCode = keyof typeof catalogue

const fill = (text: string, params: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))

/** Makes a diagnostic from its row in the catalogue. */
export function diagnose(
  code: DiagnosticCode,
  params: Record<string, string | number> = {},
  where: { path?: readonly (string | number)[]; at?: Place } = {},
): Diagnostic {
  const row: CatalogueRow = catalogue[code]
  return {
    code,
    severity: row.severity,
    message: fill(row.message, params),
    ...(row.remedy === undefined ? {} : { remedy: fill(row.remedy, params) }),
    ...where,
  }
}
