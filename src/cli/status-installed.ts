// pktw status --installed: what differs from what was installed.
import { diagnose } from '../diagnostics/catalogue.ts'
import { exit, Stop } from '../diagnostics/stop.ts'
import { installedBy } from '../disc/status-report.ts'
import { differences } from '../steps/differences.ts'
import { manifestPath } from '../steps/manifest.ts'
import { manifestProblem } from '../steps/manifest-problem.ts'
import { look, systemAt } from './apply.ts'
import { say, sayJson } from './terminal.ts'

export interface StatusInstalledOptions {
  root: string | undefined
  json: boolean
}

/** Gives the exit code: 1 when something differs. Throws Stop when nothing is installed by pktw install. */
export async function statusInstalled(options: StatusInstalledOptions): Promise<number> {
  const system = systemAt(options.root)
  const seen = await look(system)
  const { manifest } = seen
  if (manifest === 'unreadable' || manifest === 'newer') throw new Stop([manifestProblem(manifest)])
  if (manifest === undefined) {
    const packaged = (await installedBy(system)) === 'package'
    if (packaged) throw new Stop([diagnose('cli.installed-by-package')])
    const { root } = system
    throw new Stop([
      system.live ? diagnose('cli.not-installed') : diagnose('cli.not-installed-there', { root }),
    ])
  }
  const found = differences(seen)
  const { by, state, records } = manifest
  const leftovers = seen.leftovers.map((l) => l.path)
  const good = found.every((d) => d.what === 'edited') && state === 'installed' && leftovers.length === 0
  const again = system.live ? 'sudo pktw install' : `sudo pktw install --root ${system.root}`
  if (options.json) sayJson({ root: system.root, by, state, differences: found, leftovers })
  else
    say(
      [
        `pktw ${by ?? '(of before 0.1)'}, ${records.length} entries in ${manifestPath}`,
        ...(state === 'installed' ? [] : [`the last run did not get to its end (${again})`]),
        ...found.map(({ path, detail }) => `~ ${path}  ${detail}`),
        ...leftovers.map((path) => `- ${path}  left by a run that was killed (${again})`),
        ...(good ? ['everything is as it was installed'] : []),
      ].join('\n'),
    )
  return good ? exit.done : exit.findings
}
