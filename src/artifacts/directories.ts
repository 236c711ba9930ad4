// The directories that a distribution decides about, by the names that autotools gave them: each is an option of pktw-gen.

interface Directory {
  /** For --help. */
  describe: string
  /** Where it is unless said otherwise; `{prefix}` and its like stand for other directories. */
  usual: string
  /** Module and variable of pkg-config(1). */
  pkgConfig?: readonly [module: string, variable: string]
}

export const directories = {
  prefix: { describe: 'What most of the others are below', usual: '/usr' },
  bindir: { describe: 'Programs that people call', usual: '{prefix}/bin' },
  libexecdir: { describe: 'Programs that the system calls: those of pktw in pktw/', usual: '{prefix}/lib' },
  sysconfdir: { describe: 'Settings of the machine', usual: '/etc' },
  datadir: { describe: 'What is the same on every machine', usual: '{prefix}/share' },
  mandir: { describe: 'Man pages', usual: '{datadir}/man' },
  udevdir: {
    describe: 'udev: its rules in rules.d/',
    usual: '{prefix}/lib/udev',
    pkgConfig: ['udev', 'udevdir'],
  },
  unitdir: {
    describe: 'systemd: units',
    usual: '{prefix}/lib/systemd/system',
    pkgConfig: ['systemd', 'systemdsystemunitdir'],
  },
  userunitdir: {
    describe: 'systemd: units of user sessions',
    usual: '{prefix}/lib/systemd/user',
    pkgConfig: ['systemd', 'systemduserunitdir'],
  },
  tmpfilesdir: {
    describe: 'systemd: directories to make',
    usual: '{prefix}/lib/tmpfiles.d',
    pkgConfig: ['systemd', 'tmpfilesdir'],
  },
  sysusersdir: {
    describe: 'systemd: groups to make',
    usual: '{prefix}/lib/sysusers.d',
    pkgConfig: ['systemd', 'sysusersdir'],
  },
  modulesloaddir: {
    describe: 'systemd: kernel modules to load',
    usual: '{prefix}/lib/modules-load.d',
    pkgConfig: ['systemd', 'modulesloaddir'],
  },
  modprobedir: { describe: 'modprobe: what to know of kernel modules', usual: '{prefix}/lib/modprobe.d' },
  polkitactionsdir: {
    describe: 'polkit: actions',
    usual: '{datadir}/polkit-1/actions',
    pkgConfig: ['polkit-gobject-1', 'actiondir'],
  },
  polkitrulesdir: { describe: 'polkit: rules', usual: '{datadir}/polkit-1/rules.d' },
  dbuspolicydir: { describe: 'D-Bus: who may do what on the system bus', usual: '{datadir}/dbus-1/system.d' },
  dbusservicesdir: {
    describe: 'D-Bus: services that the system bus starts',
    usual: '{datadir}/dbus-1/system-services',
    pkgConfig: ['dbus-1', 'system_bus_services_dir'],
  },
  dbusinterfacesdir: {
    describe: 'D-Bus: interfaces, for programs that use them',
    usual: '{datadir}/dbus-1/interfaces',
    pkgConfig: ['dbus-1', 'interfaces_dir'],
  },
  bashcompletiondir: { describe: 'Completion in bash', usual: '{datadir}/bash-completion/completions' },
  zshcompletiondir: { describe: 'Completion in zsh', usual: '{datadir}/zsh/site-functions' },
  fishcompletiondir: { describe: 'Completion in fish', usual: '{datadir}/fish/vendor_completions.d' },
  autostartdir: { describe: 'What desktops start at login (XDG)', usual: '{sysconfdir}/xdg/autostart' },
  metainfodir: { describe: 'AppStream: what software centres show', usual: '{datadir}/metainfo' },
} as const satisfies Record<string, Directory>

/** A directory that a distribution decides about, by the name that autotools gave it: an option of pktw-gen. */
export type DirectoryName = keyof typeof directories
export const directoryNames = Object.keys(directories) as DirectoryName[]

/** Absolute, and without anything that leads elsewhere than it says. */
const isPlainPath = (text: string): boolean =>
  /^(\/[^/]+)+$/.test(text) && !/\/\.\.?(\/|$)|\p{Cc}/u.test(text)

/** Those of the paths that name no directory or file: `prefix` may be `/` itself. */
export const wrongPaths = (
  paths: Readonly<Partial<Record<string, string>>>,
): [name: string, path: string][] =>
  Object.entries(paths).flatMap(([name, path]): [string, string][] =>
    path === undefined || isPlainPath(path) || (name === 'prefix' && path === '/') ? [] : [[name, path]],
  )

/** Where each is. Where one is not given, it is its usual place, seen from the ones that are. */
export function resolveDirectories(
  given: Readonly<Partial<Record<DirectoryName, string>>>,
): Record<DirectoryName, string> {
  const resolved: Partial<Record<DirectoryName, string>> = {}
  // Each refers only to those before it.
  for (const name of directoryNames)
    resolved[name] = (given[name] ?? directories[name].usual).replace(
      /\{(\w+)\}/g,
      // What is below `/` has no second slash before it.
      (_, other: string) => (resolved[other as DirectoryName] ?? '').replace(/\/$/, ''),
    )
  return resolved as Record<DirectoryName, string>
}
