// Why the tray stayed shut at the last press of the button or `pktw eject`: written by pktw-hook eject, for anybody to read.
import path from 'node:path'
import { catalogue, type DiagnosticCode } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { diskseqOf } from '../system/drive-nodes.ts'
import type { System } from '../system/system.ts'

/** There from a press that failed until the next one, or the next disc. */
export const shutTrayPath = (drive: string): string => `/run/pktw/shut/${drive}`

const longest = 4096

/** What stands in that file. `diskseq`: the disc that stayed in. */
export const formatShutTray = (diskseq: string, { code, message, remedy }: Diagnostic): string =>
  `${JSON.stringify({ diskseq, code, message, remedy })}\n`

/** Undefined for anything else than what `formatShutTray` makes of this very disc. */
export function parseShutTray(text: string, diskseq: string): Diagnostic | undefined {
  if (text.length > longest) return undefined
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('diskseq' in value) || value.diskseq !== diskseq)
      return undefined
    const { code, message, remedy } = value as Record<string, unknown>
    if (typeof code !== 'string' || !Object.hasOwn(catalogue, code) || typeof message !== 'string')
      return undefined
    const known = code as DiagnosticCode
    const { severity } = catalogue[known]
    return { code: known, severity, message, ...(typeof remedy === 'string' ? { remedy } : {}) }
  } catch {
    return undefined
  }
}

/** Why the tray of this drive stays shut over the disc that is in; undefined when it does not, or nobody pressed. */
export async function shutTray(system: System, drive: string): Promise<Diagnostic | undefined> {
  const diskseq = diskseqOf(drive, path.join(system.root, 'sys'))
  const bytes = await system.read(shutTrayPath(drive)).catch(() => undefined)
  return diskseq === undefined || bytes === undefined
    ? undefined
    : parseShutTray(bytes.toString('utf8'), diskseq)
}
