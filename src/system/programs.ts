// Every program of the system that the installation needs, in one place. search-path.ts says where they are looked for.
import { searchPath } from './search-path.ts'
import type { System } from './system.ts'

export const programs = {
  systemctl: 'systemctl',
  systemdTmpfiles: 'systemd-tmpfiles',
  systemdSysusers: 'systemd-sysusers',
  groupdel: 'groupdel',
  udevadm: 'udevadm',
  modprobe: 'modprobe',
  blockdev: 'blockdev',
  nbdClient: 'nbd-client',
  busctl: 'busctl',
  restorecon: 'restorecon',
} as const

/** Those without which something does not work, wherever it is. */
export type NeededProgram = Exclude<
  keyof typeof programs,
  'restorecon' | 'systemdSysusers' | 'groupdel' | 'busctl'
>

/** The Debian package that has each program, for the remedy when it is missing. */
export const packageOf: Record<NeededProgram, string> = {
  systemctl: 'systemd',
  systemdTmpfiles: 'systemd',
  udevadm: 'udev',
  modprobe: 'kmod',
  blockdev: 'util-linux',
  nbdClient: 'nbd-client',
}

/** It is in one of the directories of the search path. */
export async function isInstalled(system: System, program: string): Promise<boolean> {
  for (const directory of searchPath.split(':'))
    if ((await system.inspect(`${directory}/${program}`)).kind !== 'absent') return true
  return false
}

/** Those that are in none of the directories of the search path. */
export async function missingPrograms(system: System): Promise<NeededProgram[]> {
  const missing: NeededProgram[] = []
  for (const program of Object.keys(packageOf) as NeededProgram[])
    if (!(await isInstalled(system, programs[program]))) missing.push(program)
  return missing
}
