// pktw-gen manifest
import { described, type File, filesOf } from '../artifacts/files.ts'
import { generate } from '../artifacts/generate.ts'
import { variantsOf } from '../artifacts/influence.ts'
import { exit } from '../diagnostics/stop.ts'
import { type Made, make, type SourceOptions } from './source.ts'
import { say, sayJson, tell } from './terminal.ts'

/** For each file the settings that would change its text, or whether it is there. */
function settingsOf(made: Made, files: readonly File[]): Map<string, string[]> {
  const { settings, layout, templates, release } = made
  const found = new Map(files.map((file) => [file.path, new Set<string>()]))
  for (const variant of variantsOf(settings)) {
    const { value } = generate(variant.settings, layout, templates, release)
    // A variant that cannot be made tells nothing.
    if (value === undefined) continue
    const other = new Map(filesOf(value, layout).map((file) => [file.path, file.text]))
    for (const file of files)
      if (other.get(file.path) !== file.text) found.get(file.path)?.add(variant.setting)
  }
  return new Map([...found].map(([path, some]) => [path, [...some]]))
}

/** Gives the exit code; throws Stop. */
export async function manifest(options: SourceOptions & { sha256sum: boolean }): Promise<number> {
  const made = await make(options)
  const { artifacts, layout, diagnostics } = made
  const files = filesOf(artifacts, layout)
  tell(diagnostics)
  if (options.sha256sum) {
    say(files.map((file) => `${described(file).sha256}  ${file.path.slice(1)}\n`).join(''))
    return exit.done
  }
  const settings = settingsOf(made, files)
  sayJson({
    layout: layout.name,
    files: files.map((file) => ({ ...described(file), settings: settings.get(file.path) ?? [] })),
  })
  return exit.done
}
