// Diagnostics of the area "media". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const mediaCodes = {} as const satisfies Record<string, CatalogueRow>
