// pktw config: the settings file, looked at and changed.
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop, take } from '../diagnostics/stop.ts'
import { getSetting, setSetting, settingsText, shownValue, spelledOut } from '../settings/edit.ts'
import { exampleSettings } from '../settings/example-settings.ts'
import { parseSettings } from '../settings/parse.ts'
import { settingsJsonSchema } from '../settings/reference.ts'
import type { Settings } from '../settings/settings.ts'
import { editText } from './editor.ts'
import { readSettingsFile, type SettingsFile, writeSettingsFile } from './settings-store.ts'
import { canAsk, confirm, say, sayJson, tell } from './terminal.ts'

export interface ConfigOptions {
  config: string | undefined
}
interface JsonOptions extends ConfigOptions {
  json: boolean
}

/** What holds, also without a file. Throws Stop. */
async function settingsOf(options: ConfigOptions): Promise<{ file: SettingsFile; settings: Settings }> {
  const file = await readSettingsFile(options.config)
  const outcome = parseSettings(file.text ?? '', file.path)
  const settings = take(outcome)
  tell(outcome.diagnostics)
  return { file, settings }
}

/** Gives the exit code; throws Stop. */
export async function show(options: JsonOptions): Promise<number> {
  const { settings } = await settingsOf(options)
  if (options.json) sayJson(spelledOut(settings))
  else say(settingsText(settings).trimEnd())
  return exit.done
}

/** Gives the exit code; throws Stop. */
export async function get(options: JsonOptions & { key: string }): Promise<number> {
  const { settings } = await settingsOf(options)
  const value = take(getSetting(settings, options.key))
  if (options.json) sayJson(value)
  else say(shownValue(value))
  return exit.done
}

/** All that is wrong. Gives the exit code; throws Stop only when the file cannot be read. */
export async function check(options: JsonOptions): Promise<number> {
  const { path, text } = await readSettingsFile(options.config)
  const { value, diagnostics } = parseSettings(text ?? '', path)
  if (options.json) sayJson({ ok: value !== undefined, diagnostics })
  else {
    tell(diagnostics)
    if (value !== undefined)
      say(text === undefined ? `${path} is not there: the defaults hold` : `${path}: good`)
  }
  return value === undefined ? exit.findings : exit.done
}

const next = 'It holds from the next pktw install on.'

/** Gives the exit code; throws Stop. */
export async function set(options: ConfigOptions & { key: string; value: string }): Promise<number> {
  const file = await readSettingsFile(options.config)
  const before = file.text ?? exampleSettings
  const outcome = setSetting(before, file.path, options.key, options.value)
  const text = take(outcome)
  tell(outcome.diagnostics)
  if (text === file.text) say(`${file.path} says so already.`)
  else {
    await writeSettingsFile(file, text)
    say(`${file.path}: ${options.key} is ${options.value}. ${next}`)
  }
  return exit.done
}

/** Gives the exit code; throws Stop. Nothing that is wrong gets into the file. */
export async function edit(options: ConfigOptions): Promise<number> {
  const file = await readSettingsFile(options.config)
  const before = file.text ?? exampleSettings
  const draft = await editText(before)
  for (;;) {
    await draft.open()
    const text = await draft.read()
    if (text === file.text || (file.text === undefined && text === before)) {
      await draft.remove()
      say('Nothing was changed.')
      return exit.done
    }
    const { value, diagnostics } = parseSettings(text, draft.path)
    tell(diagnostics)
    if (value !== undefined) {
      await writeSettingsFile(file, text).catch((error: unknown) => {
        if (error instanceof Stop)
          throw new Stop(
            [...error.diagnostics, diagnose('cli.draft-kept', { draft: draft.path, file: file.path })],
            error.code,
          )
        throw error
      })
      await draft.remove()
      say(`${file.path} is changed. ${next}`)
      return exit.done
    }
    if (!canAsk() || !(await confirm('Edit it again?', true)))
      throw new Stop([diagnose('cli.draft-kept', { draft: draft.path, file: file.path })])
  }
}

/** Gives the exit code. */
export function schema(): number {
  sayJson(settingsJsonSchema())
  return exit.done
}
