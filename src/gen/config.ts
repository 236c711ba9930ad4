// pktw-gen config check|show|schema
import { exit, take } from '../diagnostics/stop.ts'
import { settingsText, spelledOut } from '../settings/edit.ts'
import { settingsJsonSchema } from '../settings/reference.ts'
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

/** The settings with all defaults filled in. Gives the exit code; throws Stop. */
export async function configShow(file: string | undefined, json: boolean): Promise<number> {
  const outcome = await readSettings(file)
  const settings = take(outcome)
  tell(outcome.diagnostics)
  if (json) sayJson(spelledOut(settings))
  else say(settingsText(settings))
  return exit.done
}

/** JSON Schema for editors. Gives the exit code. */
export function configSchema(): number {
  sayJson(settingsJsonSchema())
  return exit.done
}
