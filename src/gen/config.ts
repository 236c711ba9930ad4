// pktw-gen config check|show|schema
import { stringify } from 'yaml'
import { exit, take } from '../diagnostics/stop.ts'
import { settingsJsonSchema } from '../settings/reference.ts'
import type { Settings } from '../settings/settings.ts'
import { readSettings } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'

/** All problems of a settings file. Gives the exit code; throws Stop only when it cannot be read. */
export async function configCheck(file: string, json: boolean): Promise<number> {
  const { value, diagnostics } = await readSettings(file)
  if (json) sayJson({ ok: value !== undefined, diagnostics })
  else {
    tell(diagnostics)
    if (value !== undefined) say(`${file}: good`)
  }
  return value === undefined ? exit.findings : exit.done
}

/** As pktw.yaml would have it with nothing left out. The mode is quoted: YAML 1.2 knows no octal without `0o`. */
const spelledOut = (settings: Settings): object => ({
  ...settings,
  device: { ...settings.device, mode: settings.device.mode.toString(8).padStart(4, '0') },
})

/** The settings with all defaults filled in. Gives the exit code; throws Stop. */
export async function configShow(file: string | undefined, json: boolean): Promise<number> {
  const outcome = await readSettings(file)
  const settings = spelledOut(take(outcome))
  tell(outcome.diagnostics)
  if (json) sayJson(settings)
  else say(stringify(settings, { lineWidth: 100 }))
  return exit.done
}

/** JSON Schema for editors. Gives the exit code. */
export function configSchema(): number {
  sayJson(settingsJsonSchema())
  return exit.done
}
