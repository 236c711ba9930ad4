// From artifacts to files: what is a part of another file becomes an example beside the programs.
import { createHash } from 'node:crypto'
import type { Artifact, Layout } from './artifact.ts'

export interface File {
  kind: string
  /** Absolute, without --destdir. */
  path: string
  mode: number
  text: string
}

/** The files of a tree, sorted by path. fstab lines, which no package may install, go to `<libdir>/fstab.pktw`. */
export function filesOf(artifacts: readonly Artifact[], layout: Layout): File[] {
  const files: File[] = artifacts
    .filter(({ kind }) => kind !== 'fstab-line')
    .map(({ kind, path, mode, text }) => ({ kind, path, mode, text }))
  const lines = artifacts.filter(({ kind }) => kind === 'fstab-line')
  if (lines.length > 0)
    files.push({
      kind: 'fstab-line',
      path: `${layout.libdir}/fstab.pktw`,
      mode: 0o644,
      text: lines.map(({ text }) => text).join(''),
    })
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** What --json tells of a file. */
export const described = ({ kind, path, mode, text }: File) => ({
  kind,
  path,
  mode: mode.toString(8).padStart(4, '0'),
  sha256: createHash('sha256').update(text).digest('hex'),
})
