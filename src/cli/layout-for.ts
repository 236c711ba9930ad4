// Where the files of an installation go on this machine: /usr may be mounted read-only for good.
import type { Layout } from '../artifacts/artifact.ts'
import { belowEtc, layouts } from '../artifacts/layouts.ts'
import { diagnose } from '../diagnostics/catalogue.ts'
import type { Outcome } from '../diagnostics/diagnostic.ts'
import type { System } from '../system/system.ts'

/** Where a command may be linked that is found by its name, first choice first. */
const bindirs = ['/usr/local/bin', '/opt/bin']

/** The layout `local`; where /usr is read-only, the same below /etc, and that is said. */
export async function layoutFor(system: System): Promise<Outcome<Layout>> {
  const { local } = layouts
  const places = [local.bindir, local.libdir, local.polkitactionsdir]
  const writable = await Promise.all(places.map((p) => system.isWritable(p)))
  if (writable.every((yes) => yes)) return { value: local, diagnostics: [] }
  let bindir = belowEtc.libdir
  for (const candidate of bindirs)
    if ((await system.isDirectory(candidate)) && (await system.isWritable(candidate))) {
      bindir = candidate
      break
    }
  return {
    value: { ...belowEtc, bindir },
    diagnostics: [diagnose('install.usr-read-only', { libdir: belowEtc.libdir, command: `${bindir}/pktw` })],
  }
}
