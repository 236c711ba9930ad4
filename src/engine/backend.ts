// What the hooks and the settings have for the engine: who writes the disc, and how.
import { readFile } from 'node:fs/promises'
import type { CompiledSettings } from '../settings/compiled.ts'
import { defaults } from '../settings/defaults.ts'
import { type Medium, mediaNames, type Writer, type WriteSettings } from '../settings/settings.ts'
import { parseProperties } from '../system/properties.ts'

export interface Assignment {
  backend: Writer
  medium?: Medium
}

const isMedium = (name: string | undefined): name is Medium => mediaNames.some((m) => m === name)

/** Reads what udev found of the disc that was taken up (/run/pktw/seen, written by `pktw-hook claim`); without it, the engine. */
export async function assignmentOf(
  drive: string,
  diskseq: string,
  folder = '/run/pktw/seen',
): Promise<Assignment> {
  const text = await readFile(`${folder}/${drive}.${diskseq}`, 'utf8').catch(() => '')
  const { PKTW_BACKEND: backend, PKTW_MEDIUM: medium }: Partial<Record<string, string>> =
    parseProperties(text)
  return {
    backend: backend === 'direct' || backend === 'pktcdvd' ? backend : 'engine',
    ...(isMedium(medium) ? { medium } : {}),
  }
}

/** What pktw.yaml said about writing when pktw was installed; the defaults where there is no settings.json beside the program. */
export async function writeSettings(): Promise<WriteSettings> {
  const text = await readFile(new URL('./settings.json', import.meta.url), 'utf8').catch(() => undefined)
  return text === undefined ? defaults.write : (JSON.parse(text) as CompiledSettings).write
}
