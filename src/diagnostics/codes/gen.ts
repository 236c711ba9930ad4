// Diagnostics of the area "gen". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const genCodes = {} as const satisfies Record<string, CatalogueRow>
