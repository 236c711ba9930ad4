// The source of packages that are built from an archive: all that is installed, as it is installed.

import { byPath, file } from './payload.ts'
import type { Ingredients } from './recipe.ts'
import { tar } from './tar.ts'

/** Everything is in one directory, `pktw-VERSION`, with the licences beside it. */
export function sourceArchive({ made, payload, licences, epoch }: Ingredients) {
  const top = `pktw-${made.release.version}`
  const text = licences
    .map((l) => `${l.name} ${l.version} (${l.license})\n\n${l.text}`)
    .join(`\n${'-'.repeat(72)}\n\n`)
  const nodes = [file('/LICENSES', text), ...payload.nodes]
  const inside = nodes.map((node) => ({ ...node, path: `/${top}${node.path}` })).sort(byPath)
  return { name: `${top}.tar`, top, bytes: tar(inside, epoch) }
}
