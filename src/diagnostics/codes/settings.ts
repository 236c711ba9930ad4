// Diagnostics of the area "settings". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const settingsCodes = {} as const satisfies Record<string, CatalogueRow>
