// A role for Ansible: an archive of files, and tasks that unpack it where they differ.
import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { LayoutName } from '../../artifacts/layouts.ts'
import { leftOverPaths } from '../../artifacts/optional.ts'
import { spdxOf } from './licences.ts'
import { byPath, file, type Node, scriptData } from './payload.ts'
import { fill, type Ingredients, type Recipe } from './recipe.ts'
import { tar } from './tar.ts'

/** What distributions call what the programs need; none where the role cannot install it. */
const packages: Partial<Record<LayoutName, readonly string[]>> = {
  debian: ['nodejs', 'nbd-client'],
  'debian-12': ['nodejs', 'nbd-client'],
  local: ['nodejs', 'nbd-client'],
  fedora: ['nodejs', 'nbd'],
  opensuse: ['nodejs', 'nbd'],
  arch: ['nodejs', 'nbd'],
  gentoo: ['net-libs/nodejs', 'sys-block/nbd'],
}

/** For sha256sum --check in the root. */
const sums = (nodes: readonly Node[]): string =>
  nodes
    .flatMap((node) => (node.kind === 'file' ? [node] : []))
    .map(({ path, bytes }) => `${createHash('sha256').update(bytes).digest('hex')}  ${path.slice(1)}\n`)
    .join('')

export function ansibleRole(ingredients: Ingredients): Recipe {
  const { made, payload, programs, licences, epoch, maintainer } = ingredients
  const { layout } = made
  // Only directories that are ours: tar gives those that it is told of its own mode.
  const directories = payload.directories.map((at): Node => ({ kind: 'directory', path: at }))
  const nodes = [...payload.nodes, ...directories].sort(byPath)
  const data = {
    maintainer,
    licence: spdxOf(licences),
    packages: packages[layout.name as LayoutName] ?? [],
    ...scriptData(made, programs),
    absent: leftOverPaths(made.settings, layout, new Set(nodes.map(({ path }) => path))),
    unitDirectory: layout.unitdir,
    mounts: made.artifacts
      .map((artifact) => posix.basename(artifact.path))
      .filter((name) => /\.(auto)?mount$|^pktw-automount.*\.target$/.test(name)),
  }
  const parts = ['tasks', 'handlers', 'defaults', 'vars', 'meta'] as const
  return {
    stages: ['pktw'],
    nodes: [
      ...parts.map((part) => file(`/pktw/${part}/main.yml`, fill(ingredients, `ansible/${part}.yml`, data))),
      file('/pktw/files/pktw.tar', tar(nodes, epoch)),
      file('/pktw/files/SHA256SUMS', sums(nodes)),
    ],
    product: '',
    builders: [],
  }
}
