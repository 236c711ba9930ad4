// --pkg-config: directories as the .pc files of this machine have them.
import path from 'node:path'
import { type DirectoryName, directories, directoryNames } from '../artifacts/directories.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { type Run, run } from '../system/run.ts'

type Places = Partial<Record<DirectoryName, string>>

/** Which packages have the modules, for the remedy. */
const packages: Record<string, string> = {
  udev: 'systemd-dev (Debian 12: udev; Fedora: systemd-devel)',
  systemd: 'systemd-dev (Debian 12: systemd; Fedora: systemd-devel)',
  'dbus-1': 'libdbus-1-dev (Fedora: dbus-devel)',
  'polkit-gobject-1': 'libpolkit-gobject-1-dev (Fedora: polkit-devel)',
}

/**
 * Asks for all directories that pkg-config knows, but for those that `given` has. `--prefix` becomes the prefix variable of
 * the modules. polkit's rules are beside its actions, and policies of the bus beside its services. Throws Stop with everything that is missing.
 */
export async function pkgConfigDirectories(given: Places, run: Run): Promise<Places> {
  const found: Places = {}
  const missing: Diagnostic[] = []
  const define = given.prefix === undefined ? [] : [`--define-variable=prefix=${given.prefix}`]
  for (const name of directoryNames) {
    const row = directories[name]
    if (!('pkgConfig' in row) || given[name] !== undefined) continue
    const [module, variable] = row.pkgConfig
    const result = await run('pkg-config', [...define, `--variable=${variable}`, '--', module])
    if (result.code === 127) throw new Stop([diagnose('gen.no-pkg-config')], exit.trouble)
    const value = result.stdout.trim()
    if (result.code === 0 && value.startsWith('/')) {
      found[name] = value
      continue
    }
    const reason =
      result.code === 0 ? `it has no variable ${variable}` : (result.stderr.split('\n')[0] ?? 'not found')
    const from = packages[module] ?? module
    missing.push(diagnose('gen.pkg-config-missing', { module, reason, package: from, option: `--${name}` }))
  }
  if (missing.length > 0) throw new Stop(missing, exit.trouble)
  if (found.polkitactionsdir !== undefined)
    found.polkitrulesdir = path.posix.join(path.posix.dirname(found.polkitactionsdir), 'rules.d')
  if (found.dbusservicesdir !== undefined)
    found.dbuspolicydir = path.posix.join(path.posix.dirname(found.dbusservicesdir), 'system.d')
  return found
}

/** With the variables of the caller that say where modules are looked for. */
export const runPkgConfig: Run = (program, argv) => {
  const env = Object.entries(process.env).filter(([name]) => name.startsWith('PKG_CONFIG_'))
  return run(program, argv, { env: Object.fromEntries(env) as Record<string, string> })
}
