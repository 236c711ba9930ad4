// A root directory of its own for the checkers: the files in their places, and stubs of what they refer to.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Layout } from '../../artifacts/artifact.ts'
import type { File } from '../files.ts'
import { writeTree } from '../write.ts'

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

const stub = (file: string, mode: number, text: string): File => ({ kind: 'stub', path: file, mode, text })

function stubsOf(layout: Layout): File[] {
  const units = '/usr/lib/systemd/system'
  return [
    ...[layout.node, layout.systemctl].map((program) => stub(program, 0o755, '#!/bin/sh\n')),
    ...targets.map((name) => stub(`${units}/${name}`, 0o644, '[Unit]\nDescription=stub\n')),
    // The end of a unit of type dbus is ordered before that of the bus.
    stub(`${units}/dbus.socket`, 0o644, '[Socket]\nListenStream=/run/dbus/system_bus_socket\n'),
    stub(`${units}/dbus.service`, 0o644, `[Service]\nExecStart=${layout.systemctl}\n`),
    stub(`${units}/systemd-modules-load.service`, 0o644, `[Service]\nExecStart=${layout.systemctl}\n`),
  ]
}

/** Runs `use` with the directory, and takes it away afterwards whatever happens. */
export async function inRoom<T>(
  files: readonly File[],
  layout: Layout,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(path.join(tmpdir(), 'pktw-check-'))
  try {
    await writeTree(root, [...stubsOf(layout), ...files])
    return await use(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
