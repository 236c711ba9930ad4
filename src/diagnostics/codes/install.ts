// Diagnostics of the area "install". Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const installCodes = {} as const satisfies Record<string, CatalogueRow>
