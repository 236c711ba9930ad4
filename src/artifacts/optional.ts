// Files that other settings would have asked for: where they lie about, they are left over.
import { defaults } from '../settings/defaults.ts'
import type { Settings } from '../settings/settings.ts'
import type { Layout } from './artifact.ts'
import { kinds } from './kinds.ts'
import { release } from './release.ts'

/** Between them they ask for every kind. */
const everything = ({ mount }: Settings): Settings[] => {
  const common: Settings = { ...defaults, access: { admins: 'anybody' } }
  return [
    { ...common, mount: { ...mount, style: 'systemd', owner: 'seat', automount: 60 } },
    { ...common, mount: { ...mount, style: 'fstab' } },
  ]
}

/** Whoever reads a unit for a mount point, whose name is that of the place, knows it by this. */
export const madeByUs = 'Made by pktw-gen.'

/** Paths of files with a name of ours that may be there with these settings or with others, and are not in `wanted`. */
export function leftOverPaths(settings: Settings, layout: Layout, wanted: ReadonlySet<string>): string[] {
  const paths = everything(settings).flatMap((other) =>
    kinds
      .filter(({ kind }) => kind !== 'fstab-line')
      .flatMap((row) => row.instances(other, layout, release).map(({ path }) => path)),
  )
  return [...new Set([...paths, `${layout.libdir}/fstab.pktw`])]
    .filter((path) => /[^/]*pktw[^/]*$/.test(path) && !wanted.has(path))
    .sort()
}
