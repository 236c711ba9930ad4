// Every program of the system that the installation needs, in one place. run.ts says where they are looked for.
import { searchPath } from './run.ts'
import type { System } from './system.ts'

export const programs = {
  systemctl: 'systemctl',
  systemdTmpfiles: 'systemd-tmpfiles',
  udevadm: 'udevadm',
  modprobe: 'modprobe',
  nbdClient: 'nbd-client',
} as const

export type Program = keyof typeof programs

/** The Debian package that has each program, for the remedy when it is missing. */
export const packageOf: Record<Program, string> = {
  systemctl: 'systemd',
  systemdTmpfiles: 'systemd',
  udevadm: 'udev',
  modprobe: 'kmod',
  nbdClient: 'nbd-client',
}

/** Those that are in none of the directories of the search path. */
export async function missingPrograms(system: System): Promise<Program[]> {
  const missing: Program[] = []
  for (const program of Object.keys(programs) as Program[]) {
    const places = searchPath.split(':').map((directory) => `${directory}/${programs[program]}`)
    const entries = await Promise.all(places.map((place) => system.inspect(place)))
    if (entries.every((entry) => entry.kind === 'absent')) missing.push(program)
  }
  return missing
}
