// A root directory of its own for the checkers: the files in their places, and stubs of what they refer to.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Artifact, Layout } from '../artifacts/artifact.ts'
import { type File, filesOf } from '../artifacts/files.ts'
import { xml } from '../render/escape.ts'
import type { Templates } from '../render/render.ts'
import { realSystem } from '../system/real.ts'
import type { Run } from '../system/run.ts'
import { putFile } from '../system/tree.ts'
import type { PlaceOf } from './finding.ts'

/** What is looked at. */
export interface Subject {
  artifacts: readonly Artifact[]
  layout: Layout
  templates: Templates
  /** Template files that take the place of ours. */
  overridden: ReadonlySet<string>
  placeOf: PlaceOf
}

/** The machine. */
export interface Machine {
  run: Run
  exists(file: string): boolean
}

export interface Room extends Subject, Machine {
  /** Where all of the subject's files are. */
  root: string
  /** Of the artifacts those that are asked about. */
  among: readonly Artifact[]
}

/** Units of systemd that every unit is ordered after or before, by default or by name. */
const targets = [
  'sysinit.target',
  'basic.target',
  'shutdown.target',
  'umount.target',
  'local-fs-pre.target',
  'local-fs.target',
  'paths.target',
  'sleep.target',
  'graphical-session.target',
]

/** A configuration for dbus-daemon, with the policy and a file that is not there. */
export const busConfig = { path: '/bus.conf', absent: 'not-there.conf' }

const busConfigText = (policies: readonly Artifact[]): string =>
  [
    '<busconfig><listen>unix:dir=/tmp</listen>',
    ...[...policies.map((a) => a.path), `/${busConfig.absent}`].map((p) => `<include>.${xml(p)}</include>`),
    '</busconfig>\n',
  ].join('\n')

const stub = (file: string, mode: number, text: string): File => ({ kind: 'stub', path: file, mode, text })

function stubsOf({ artifacts, layout }: Pick<Subject, 'artifacts' | 'layout'>): File[] {
  const units = '/usr/lib/systemd/system'
  const policies = artifacts.filter(({ kind }) => kind === 'bus-policy')
  return [
    stub(busConfig.path, 0o644, busConfigText(policies)),
    ...[layout.node, layout.systemctl, layout.blockdev].map((program) => stub(program, 0o755, '#!/bin/sh\n')),
    ...targets.map((name) => stub(`${units}/${name}`, 0o644, '[Unit]\nDescription=stub\n')),
    // The end of a unit of type dbus is ordered before that of the bus.
    stub(`${units}/dbus.socket`, 0o644, '[Socket]\nListenStream=/run/dbus/system_bus_socket\n'),
    stub(`${units}/dbus.service`, 0o644, `[Service]\nExecStart=${layout.systemctl}\n`),
    stub(`${units}/systemd-modules-load.service`, 0o644, `[Service]\nExecStart=${layout.systemctl}\n`),
  ]
}

/** Runs `use` with the directory, and takes it away afterwards whatever happens. */
export async function inRoom<T>(
  subject: Pick<Subject, 'artifacts' | 'layout'>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(path.join(tmpdir(), 'pktw-check-'))
  try {
    const system = realSystem(root)
    const files = filesOf(subject.artifacts, subject.layout)
    for (const file of [...stubsOf(subject), ...files]) await putFile(system, file)
    return await use(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
