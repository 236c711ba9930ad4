// Where the settings of an installation come from: --config, else the file that is there, else the example; options
// of the command line are written into it, so that the next install keeps them.
import { readFile } from 'node:fs/promises'
import { isMap, parseDocument, Scalar } from 'yaml'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'
import { exampleSettings } from '../settings/example-settings.ts'
import { settingsTextOf } from '../settings/text.ts'
import { isNothing, withValue } from '../settings/yaml-text.ts'
import { isInstalled } from '../system/programs.ts'
import type { System } from '../system/system.ts'

const settingsPath = '/etc/pktw/pktw.yaml'

export interface SettingsText {
  text: string
  /** The name to tell places by. */
  file: string
}

/** Writes mount.style and mount.where into YAML text; comments and everything else stay. */
export function withMountOptions(text: string, mount: { style?: string; where?: string }): string {
  const entries = Object.entries(mount).filter(([, value]) => value !== undefined)
  if (entries.length === 0) return text
  const document = parseDocument(text)
  // What is no YAML is told by the parser of the settings, with its place.
  if (document.errors.length > 0 || (!isNothing(document) && !isMap(document.contents))) return text
  const there: unknown = document.get('mount')
  if (there !== undefined && there !== null && !isMap(there)) return text
  return entries.reduce(
    (changed, [key, value]) =>
      document.getIn(['mount', key]) === value
        ? changed
        : withValue(changed, ['mount', key], new Scalar(value)),
    text,
  )
}

/** There is a graphical login, and udisks for what it starts. systemd names the one that is enabled. */
const isDesktop = async (system: System): Promise<boolean> =>
  (await system.inspect('/etc/systemd/system/display-manager.service')).kind !== 'absent' &&
  (await isInstalled(system, 'udisksctl'))

/**
 * Where nothing is said yet, a desktop mounts discs itself, as it does with memory sticks; that is written into the text, where it can be
 * seen and changed. Rejects as System does.
 */
export async function readSettingsText(
  system: System,
  options: { config: string | undefined; mount: string | undefined; where: string | undefined },
): Promise<Outcome<SettingsText>> {
  let base: SettingsText
  let isFirst = false
  if (options.config !== undefined) {
    try {
      base = { text: settingsTextOf(await readFile(options.config)), file: options.config }
    } catch (error) {
      const why = (error as Error).message
      return { diagnostics: [diagnose('install.config-unreadable', { file: options.config, why })] }
    }
  } else {
    try {
      const there = await system.read(settingsPath)
      isFirst = there === undefined && options.where === undefined
      base = { text: there === undefined ? exampleSettings : settingsTextOf(there), file: settingsPath }
    } catch (error) {
      const why = (error as Error).message
      return { diagnostics: [diagnose('install.config-unreadable', { file: settingsPath, why })] }
    }
  }
  const style = options.mount ?? (isFirst && (await isDesktop(system)) ? 'udisks' : undefined)
  const mount = {
    ...(style === undefined ? {} : { style }),
    ...(options.where === undefined ? {} : { where: options.where }),
  }
  return { value: { ...base, text: withMountOptions(base.text, mount) }, diagnostics: [] }
}
