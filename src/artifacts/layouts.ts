// Where distributions keep each kind of file: for each, what differs from the usual places of directories.ts.
import type { Layout } from './artifact.ts'
import { type DirectoryName, resolveDirectories } from './directories.ts'

/** What a layout says besides directories. */
interface Machine {
  drivegroup: string
  node: string
  systemctl: string
  blockdev: string
}
type Places = Partial<Record<DirectoryName, string>>
interface Row extends Partial<Machine> {
  places: Places
}

const usual: Machine = {
  drivegroup: 'cdrom',
  node: '/usr/bin/node',
  systemctl: '/usr/bin/systemctl',
  blockdev: '/usr/sbin/blockdev',
}

const rows = {
  /** 13 and later. */
  debian: { places: { zshcompletiondir: '{datadir}/zsh/vendor-completions' } },
  'debian-12': {
    places: {
      udevdir: '/lib/udev',
      unitdir: '/lib/systemd/system',
      modprobedir: '{sysconfdir}/modprobe.d',
      zshcompletiondir: '{datadir}/zsh/vendor-completions',
    },
  },
  fedora: { places: { libexecdir: '{prefix}/libexec' } },
  opensuse: { places: { libexecdir: '{prefix}/libexec' } },
  arch: { places: {}, drivegroup: 'optical' },
  gentoo: { places: { libexecdir: '{prefix}/libexec' }, blockdev: '/sbin/blockdev' },
  /** For `--prefix $out`. Without it, what a system's profile links together. */
  nixos: {
    places: {
      prefix: '/run/current-system/sw',
      libexecdir: '{prefix}/libexec',
      autostartdir: '{prefix}/etc/xdg/autostart',
    },
    node: '/run/current-system/sw/bin/node',
    systemctl: '/run/current-system/sw/bin/systemctl',
    blockdev: '/run/current-system/sw/bin/blockdev',
  },
  generic: { places: {} },
  /** What `pktw install` uses: the administrator's directories, so that no package's file is in the way. */
  local: {
    places: {
      udevdir: '{sysconfdir}/udev',
      unitdir: '{sysconfdir}/systemd/system',
      userunitdir: '{sysconfdir}/systemd/user',
      tmpfilesdir: '{sysconfdir}/tmpfiles.d',
      sysusersdir: '{sysconfdir}/sysusers.d',
      modulesloaddir: '{sysconfdir}/modules-load.d',
      modprobedir: '{sysconfdir}/modprobe.d',
      // polkit reads actions from /etc only since 126; the usual directory is read by all.
      polkitrulesdir: '{sysconfdir}/polkit-1/rules.d',
      // Services are started from the usual directory and from /usr/local only.
      dbuspolicydir: '{sysconfdir}/dbus-1/system.d',
    },
  },
} as const satisfies Record<string, Row>

/** A distribution, or `generic`, or `local`: the places of an administrator, which `pktw install` uses. */
export type LayoutName = keyof typeof rows
/** All of them. */
export const layoutNames = Object.keys(rows) as LayoutName[]

/** A distribution's layout, with other places for some directories, and other programs. All are absolute paths. */
export function layoutOf(name: LayoutName, other: Places & Partial<Machine> = {}): Layout {
  const { places, ...machine }: Row = rows[name]
  const { node, systemctl, blockdev, drivegroup, ...directories } = other
  const given = { node, systemctl, blockdev, drivegroup }
  const resolved = resolveDirectories({ ...places, ...directories })
  return {
    name,
    ...resolved,
    libdir: `${resolved.libexecdir}/pktw`,
    udevrulesdir: `${resolved.udevdir}/rules.d`,
    ...usual,
    ...machine,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}

export const layouts = Object.fromEntries(layoutNames.map((name) => [name, layoutOf(name)])) as Record<
  LayoutName,
  Layout
>

/**
 * Below /etc, for a system whose /usr is an image. polkit reads actions there from 126 on. No shell and no man(1) looks there;
 * the manual can be read by its path.
 */
export const belowEtc: Layout = {
  ...layoutOf('local', { datadir: '/etc/pktw/share', polkitactionsdir: '/etc/polkit-1/actions' }),
  libdir: '/etc/pktw/lib',
}
