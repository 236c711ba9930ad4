// Diagnostics of the area "drive". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const driveCodes = {} as const satisfies Record<string, CatalogueRow>
