// What the settings were when pktw was installed: the hooks go by this file, so the CLI does.
import { fileURLToPath } from 'node:url'
import { belowEtc, layouts } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import type { System } from '../system/system.ts'

/**
 * Beside the program, wherever a distribution has put it; a checkout has none, and looks where pktw install writes, which is
 * another place where /usr is read-only.
 */
const paths = [
  fileURLToPath(new URL('./settings.json', import.meta.url)),
  `${layouts.local.libdir}/settings.json`,
  `${belowEtc.libdir}/settings.json`,
]

/** @throws Stop when pktw is not installed, or the file is damaged. */
export async function compiledSettings(system: System): Promise<CompiledSettings> {
  let path = ''
  let bytes: Uint8Array | undefined
  for (path of paths) {
    bytes = await system.read(path)
    if (bytes !== undefined) break
  }
  if (bytes === undefined) throw new Stop([diagnose('cli.not-installed')])
  try {
    const settings = JSON.parse(Buffer.from(bytes).toString('utf8')) as CompiledSettings
    if (!Array.isArray(settings.mounts)) throw new Error('there are no mounts in it')
    return settings
  } catch (error) {
    throw new Stop([diagnose('cli.settings-damaged', { path, why: (error as Error).message })])
  }
}
