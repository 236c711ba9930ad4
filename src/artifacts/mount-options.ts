// The mount options of the settings, as each of the three places wants them.

const unique = (options: readonly string[]): string[] => [...new Set(options)]

/** Unit file and drop-in. Without nofail systemd would order the mount before local-fs.target, and boot with it. */
export const unitOptionsOf = (options: readonly string[]): string[] => unique([...options, 'nofail'])

/** fstab(5): mounted on demand, by any user, and unmounted when the packet device goes (systemd.mount(5)). */
export const fstabOptionsOf = (options: readonly string[]): string[] =>
  unique([
    'noauto',
    'nofail',
    'users',
    ...options,
    'x-systemd.device-bound',
    'x-systemd.rw-only',
    'x-systemd.mount-timeout=15min',
  ])

/** udisks adds nosuid and nodev by itself, and refuses a default that it is not told to allow. */
export const udisksOptionsOf = (options: readonly string[]): string[] =>
  unique(options.filter((o) => o !== 'nosuid' && o !== 'nodev'))
