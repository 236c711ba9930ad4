// Paths that several parts of the plan know.
import path from 'node:path'

/** There while the system bus is. */
export const busSocket = '/run/dbus/system_bus_socket'
export const fstabPath = '/etc/fstab'
/** Where a file of somebody else is kept while ours is in its place. */
export const backupOf = (p: string): string => `${p}.pktw-backup`
/** Where a file goes that was changed since we wrote it. */
export const savedOf = (p: string): string => `${p}.pktw-saved`
/** Where the new version of a file goes that was changed since we wrote it, and stays. */
export const newOf = (p: string): string => `${p}.pktw-new`

/** udftools' own rule, by the directories that udev(7) reads below /etc. */
export const udftoolsRules = [
  '/usr/lib/udev/rules.d/80-pktsetup.rules',
  '/lib/udev/rules.d/80-pktsetup.rules',
] as const
export const udftoolsMask = '/etc/udev/rules.d/80-pktsetup.rules'

/** The directories above a path, outermost first, without `/`. */
export const ancestors = (p: string): string[] => {
  const above: string[] = []
  for (let at = path.dirname(p); at !== '/'; at = path.dirname(at)) above.unshift(at)
  return above
}
