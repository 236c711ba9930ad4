// Where distributions keep each kind of file. All of today's have merged /usr and the same vendor directories; a row
// of its own leaves room for one that differs.
import type { Layout } from './artifact.ts'

const vendor = {
  bindir: '/usr/bin',
  libdir: '/usr/lib/pktw',
  sysconfdir: '/etc',
  udevrulesdir: '/usr/lib/udev/rules.d',
  unitdir: '/usr/lib/systemd/system',
  tmpfilesdir: '/usr/lib/tmpfiles.d',
  modulesloaddir: '/usr/lib/modules-load.d',
  polkitactionsdir: '/usr/share/polkit-1/actions',
  polkitrulesdir: '/usr/share/polkit-1/rules.d',
  drivegroup: 'cdrom',
  node: '/usr/bin/node',
  systemctl: '/usr/bin/systemctl',
} as const

export const layouts = {
  debian: { name: 'debian', ...vendor },
  fedora: { name: 'fedora', ...vendor },
  opensuse: { name: 'opensuse', ...vendor },
  arch: { name: 'arch', ...vendor, drivegroup: 'optical' },
  generic: { name: 'generic', ...vendor },
  /** What `pktw install` uses: the administrator's directories, so that no package's file is in the way. */
  local: {
    name: 'local',
    ...vendor,
    udevrulesdir: '/etc/udev/rules.d',
    unitdir: '/etc/systemd/system',
    tmpfilesdir: '/etc/tmpfiles.d',
    modulesloaddir: '/etc/modules-load.d',
    // polkit reads actions from /etc only since 126; this directory is read by all.
    polkitactionsdir: '/usr/share/polkit-1/actions',
    polkitrulesdir: '/etc/polkit-1/rules.d',
  },
} as const satisfies Record<string, Layout>

export type LayoutName = keyof typeof layouts
export const layoutNames = Object.keys(layouts) as LayoutName[]
