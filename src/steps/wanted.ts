// What a finished installation consists of.
import path from 'node:path'
import type { Artifact, Layout } from '../artifacts/artifact.ts'
import { mountsOf } from '../artifacts/slots.ts'
import type { Settings } from '../settings/settings.ts'
import type { ProgramFile } from '../system/bundle.ts'

export interface WantedFile {
  path: string
  mode: number
  bytes: Uint8Array
  /** What it is, in a few words, for the plan. */
  about: string
  /** A file that is there for being edited: an edited one is never taken away. */
  editable: boolean
  /** Of an editable one: it is not what was there with changes, so that is kept aside. */
  another?: boolean
  /** A file below /etc: one that somebody changed stays, and a new version is put beside it. Others are replaced. */
  keepChanges?: boolean
}

export interface Wanted {
  /** Version of pktw that installs. */
  by?: string
  /** Files that were changed since are replaced as well, and kept aside. */
  overwrite?: boolean
  files: WantedFile[]
  symlinks: { path: string; target: string; about: string }[]
  directories: { path: string; mode: number; about: string }[]
  fstabLines: string[]
  /** Where discs get mounted by us: no other fstab line may name them. */
  mountPoints: string[]
  modules: string[]
  /** The tmpfiles.d file to apply on a running system. */
  tmpfiles: string[]
  /** The sysusers.d file to apply on a running system, and the groups in it. */
  groups?: { path: string; names: string[] }
}

/** Programs that people call, linked into bindir. */
const commands = ['pktw', 'pktw-gen']

/** The first line of a bundle, which finds any node in PATH, replaced by the node that was chosen. */
function withInterpreter(bytes: Uint8Array, node: string): Uint8Array {
  const buffer = Buffer.from(bytes)
  if (buffer.subarray(0, 2).toString('latin1') !== '#!') return bytes
  const end = buffer.indexOf(0x0a)
  return Buffer.concat([Buffer.from(`#!${node}`), end < 0 ? Buffer.alloc(0) : buffer.subarray(end)])
}

/** Words of a modules-load.d file (modules-load.d(5)). */
const modulesIn = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#;]/.test(line))

/** Names of the groups in a sysusers.d file (sysusers.d(5)). */
const groupsIn = (text: string): string[] =>
  [...text.matchAll(/^g\s+(\S+)/gm)].map(([, name]) => name as string)

/** Puts together what `install` has to bring about. */
export function wantedFrom(input: {
  settings: Settings
  settingsText: string
  /** The text is of --config. */
  otherSettings?: boolean
  artifacts: readonly Artifact[]
  programs: readonly ProgramFile[]
  layout: Layout
}): Wanted {
  const { settings, artifacts, programs, layout } = input
  /** Programs and documents that had to go below /etc are no settings. */
  const isOwn = (p: string): boolean => [layout.libdir, layout.datadir].some((own) => p.startsWith(`${own}/`))
  const isFstab = (a: Artifact): boolean => a.kind === 'fstab-line'
  const generated = artifacts
    .filter((a) => !isFstab(a))
    .map((a) => ({
      path: a.path,
      mode: a.mode,
      bytes: Buffer.from(a.text),
      about: a.kind,
      editable: false,
      keepChanges: a.path.startsWith(`${layout.sysconfdir}/`) && !isOwn(a.path),
    }))
  const bundled = programs.map((p) => ({
    path: path.join(layout.libdir, p.name),
    mode: p.mode,
    bytes: p.mode & 0o100 ? withInterpreter(p.bytes, layout.node) : p.bytes,
    about: p.mode & 0o100 ? 'program' : p.name.endsWith('.hbs') ? 'template' : 'licences',
    editable: false,
  }))
  const sysusers = artifacts.find((a) => path.dirname(a.path) === layout.sysusersdir)
  const mountPoints = mountsOf(settings).map((slot) => slot.where)
  return {
    files: [
      ...bundled,
      ...generated,
      {
        path: path.join(layout.sysconfdir, 'pktw/pktw.yaml'),
        mode: 0o644,
        bytes: Buffer.from(input.settingsText),
        about: 'settings, for you to edit',
        editable: true,
        another: input.otherSettings ?? false,
      },
    ],
    symlinks: commands
      .filter((name) => programs.some((p) => p.name === `${name}.mjs`))
      .map((name) => ({
        path: path.join(layout.bindir, name),
        target: path.relative(layout.bindir, path.join(layout.libdir, `${name}.mjs`)),
        about: 'command',
      })),
    directories: mountPoints.map((p) => ({ path: p, mode: 0o755, about: 'mount point' })),
    fstabLines: artifacts
      .filter(isFstab)
      .flatMap((a) => a.text.split('\n'))
      .filter((line) => line.trim() !== '' && !line.startsWith('#')),
    mountPoints,
    modules: artifacts
      .filter((a) => path.dirname(a.path) === layout.modulesloaddir)
      .flatMap((a) => modulesIn(a.text)),
    tmpfiles: artifacts.filter((a) => path.dirname(a.path) === layout.tmpfilesdir).map((a) => a.path),
    ...(sysusers === undefined ? {} : { groups: { path: sysusers.path, names: groupsIn(sysusers.text) } }),
  }
}
