// What the settings were when pktw was installed: the hooks go by this file, so the CLI does.
import { layouts } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import type { System } from '../system/system.ts'
import { belowEtc } from './layout-for.ts'

/** The same in every layout, but where /usr is read-only. */
const places = [`${layouts.local.libdir}/settings.json`, `${belowEtc.libdir}/settings.json`] as const

/** @throws Stop when pktw is not installed, or the file is damaged. */
export async function compiledSettings(system: System): Promise<CompiledSettings> {
  let path: string = places[0]
  let bytes = await system.read(path)
  if (bytes === undefined) {
    path = places[1]
    bytes = await system.read(path)
  }
  if (bytes === undefined) throw new Stop([diagnose('cli.not-installed')])
  try {
    const settings = JSON.parse(bytes.toString('utf8')) as CompiledSettings
    if (!Array.isArray(settings.mounts)) throw new Error('there are no mounts in it')
    return settings
  } catch (error) {
    throw new Stop([diagnose('cli.settings-damaged', { path, why: (error as Error).message })])
  }
}
