// What every package consists of: what `pktw install` would put on a machine, in the places of a distribution.
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { filesOf } from '../../artifacts/files.ts'
import { exampleSettings } from '../../settings/example-settings.ts'
import { dropInName } from '../../steps/observe.ts'
import { udftoolsMask } from '../../steps/places.ts'
import { ourSlices, ourUnits } from '../../steps/plan-uninstall.ts'
import { wantedFrom } from '../../steps/wanted.ts'
import type { ProgramFile } from '../../system/bundle.ts'
import type { Made } from '../source.ts'

/** A plain file, a directory or a symbolic link; the path is absolute, as on the machine that it is for. */
export type Node = { path: string } & (
  | { kind: 'file'; mode: number; bytes: Uint8Array }
  | { kind: 'directory' }
  | { kind: 'link'; target: string }
)

export const file = (at: string, bytes: Uint8Array | string, mode = 0o644): Node => ({
  kind: 'file',
  path: at,
  mode,
  bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
})

export const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1)

/** As small as can be, which is what distributions want of manuals and changelogs; without time and name, as gzip -n. */
export const packed = (bytes: Uint8Array): Buffer => gzipSync(bytes, { level: 9 })

/** The same with man pages packed. */
export const withPackedPages = (nodes: readonly Node[], mandir: string): Node[] =>
  nodes.map((node) =>
    node.kind === 'file' && node.path.startsWith(`${mandir}/`)
      ? { ...node, path: `${node.path}.gz`, bytes: packed(node.bytes) }
      : node,
  )

export interface Payload {
  /** Files and links, sorted by path. */
  nodes: Node[]
  /** Directories that nobody else has files in, sorted by path. */
  directories: string[]
  /** Files below /etc, sorted by path: the administrator's to change. */
  configs: string[]
}

/** `/usr/lib/pktw/templates/udev` is ours, since `/usr/lib/pktw` is; `/usr/lib/systemd/system` is not. */
function ownDirectories(nodes: readonly Node[]): string[] {
  const own = new Set<string>()
  for (const node of nodes)
    for (let at = path.posix.dirname(node.path); /(^|\/)pktw(\/|$)/.test(at); at = path.posix.dirname(at))
      own.add(at)
  return [...own].sort()
}

export function payloadOf(made: Made, programs: readonly ProgramFile[]): Payload {
  const { settings, artifacts, layout } = made
  const settingsText = made.config === undefined ? exampleSettings : made.text
  const wanted = wantedFrom({ settings, settingsText, artifacts, programs, layout })
  const nodes: Node[] = [
    ...wanted.files.map(({ path: at, bytes, mode }) => file(at, bytes, mode)),
    // No package may write to /etc/fstab: an example.
    ...filesOf(artifacts, layout)
      .filter(({ kind }) => kind === 'fstab-line')
      .map(({ path: at, text, mode }) => file(at, text, mode)),
    ...wanted.symlinks.map(({ path: at, target }): Node => ({ kind: 'link', path: at, target })),
  ]
  nodes.sort(byPath)
  return {
    nodes,
    directories: ownDirectories(nodes),
    configs: nodes.map((node) => node.path).filter((at) => at.startsWith(`${layout.sysconfdir}/`)),
  }
}

/** What scripts of packages do besides: loading, stopping, cleaning up. For templates. */
export function scriptData(made: Made, programs: readonly ProgramFile[]): Record<string, unknown> {
  const { settings, artifacts, layout } = made
  const wanted = wantedFrom({ settings, settingsText: '', artifacts, programs, layout })
  return {
    modules: wanted.modules,
    tmpfiles: wanted.tmpfiles,
    // By name: systemd looks for it in its directories, also below another root.
    sysusers: artifacts.filter(({ kind }) => kind === 'sysusers').map((a) => path.posix.basename(a.path)),
    mountPoints: wanted.mountPoints,
    units: [...ourUnits],
    slices: ourSlices,
    dropIn: dropInName,
    mask: udftoolsMask,
  }
}
