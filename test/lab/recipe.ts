// What a lab image is made of, as data. Its hash names the cached image: change anything here and it is built anew.
import { createHash } from 'node:crypto'
import { portName } from './protocol.ts'

export const suites = ['sid', 'trixie', 'bookworm'] as const
export type Suite = (typeof suites)[number]

export interface Recipe {
  suite: Suite
  packages: string[]
  /** apt.conf lines. */
  apt: string[]
  /** dpkg.cfg lines. */
  dpkg: string[]
  /** The suite's Node is too old for the product: the lab's own is copied in. */
  hostNode: boolean
  /** Kernel modules that the first stage loads, with what they need: enough to mount the root. */
  rootModules: string[]
  /** Path → text, mode. */
  files: Record<string, { mode: number; text: string }>
  /** Path → target of a symbolic link. */
  links: Record<string, string>
  /** Commands run inside, as root, after everything is unpacked. */
  inside: string[][]
  /** Size of the image in MiB; the file is sparse. */
  sizeMiB: number
}

const packages = [
  'linux-image-amd64', // not -cloud-: that one has no USB and no sr
  'busybox-static', // first stage
  'systemd-sysv',
  'udev',
  'dbus',
  'polkitd',
  'udisks2',
  'nbd-client',
  'udftools',
  'dvd+rw-tools',
  'xorriso',
  'usbip',
  'sg3-utils',
  'eject',
  'login', // no longer essential
  'passwd',
  'mount',
  'procps',
  'util-linux',
  'kmod',
  'iproute2',
  'libnss-systemd',
  'libpam-systemd',
  'acl',
  'psmisc',
]

/** What a desktop brings that mounts discs, and a session for it to run in. */
const desktopPackages = [
  'dbus-user-session',
  'gvfs',
  'gvfs-daemons',
  'libglib2.0-bin', // gio
  'udiskie',
  'thunar',
  'thunar-volman',
  'xfconf',
  'xvfb', // for thunar-volman by itself, without a session
  'xauth',
  'labwc',
  'mako-notifier',
]

const service = `[Unit]
Description=What the lab on the host asks for
Wants=dev-virtio\\x2dports-${portName}.device
After=dev-virtio\\x2dports-${portName}.device

[Service]
ExecStart=/usr/local/lib/pktw-lab/start
Environment=HOME=/root
KillMode=process
OOMScoreAdjust=-500
Restart=on-failure

[Install]
WantedBy=multi-user.target
`

/** The product, the agent among it, comes on a disk of its own: an image outlives every change to the product. */
const start = `#!/bin/sh
set -e
if ! [ -e /sys/class/net/eth0/address ]; then modprobe virtio_net; fi
ip link set lo up
ip link set eth0 up
ip address replace 10.0.2.15/24 dev eth0
ip route replace default via 10.0.2.2
/usr/local/lib/pktw-lab/product
exec node --max-old-space-size=128 /opt/pktw-lab/dist/lab/agent.mjs
`

const product = `#!/bin/sh
# Unpacks the product disk afresh.
set -e
disk=/dev/disk/by-id/virtio-product
[ -b "$disk" ] || udevadm settle --exit-if-exists="$disk"
blockdev --flushbufs "$disk"
rm -rf /opt/pktw-lab/dist
mkdir -p /opt/pktw-lab
tar -x -f "$disk" -C /opt/pktw-lab --no-same-owner
`

const autologin = `[Service]
ExecStart=
ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %I vt220
`

const never = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
  'man-db.timer',
  'logrotate.timer',
  'systemd-tmpfiles-clean.timer',
  'getty@tty1.service',
  'systemd-networkd.service',
  'systemd-networkd-wait-online.service',
  'systemd-networkd.socket',
  'systemd-timesyncd.service',
  'systemd-pstore.service',
  'ldconfig.service',
  'systemd-journal-catalog-update.service',
  'systemd-update-done.service',
  'modprobe@drm.service',
  'sys-fs-fuse-connections.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'dev-hugepages.mount',
  'systemd-hwdb-update.service',
  'systemd-boot-random-seed.service',
  'systemd-firstboot.service',
  'nbd-client.service',
  'wpa_supplicant.service',
  'ModemManager.service',
]

/** apt.conf lines of every image. */
const apt = [
  'Acquire::Check-Valid-Until "false";',
  'Acquire::Languages "none";',
  'APT::Install-Recommends "false";',
]

/** dpkg.cfg lines of every image. */
const dpkg = [
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/doc/*',
  'path-exclude=/usr/share/locale/*',
  'force-unsafe-io',
]

/** What is installed, and how. */
export type Installation = Pick<Recipe, 'suite' | 'packages' | 'apt' | 'dpkg'>

/** The machine of a newcomer who has Node, npm, and what Debian cannot be without: .ci/bare-root. */
export const bareInstallation: Installation = { suite: 'trixie', packages: ['nodejs', 'npm'], apt, dpkg }

/** What an image is called: in messages, in the cache and in the results. */
export const imageName = (suite: Suite, desktop = false): string => (desktop ? `${suite}-desktop` : suite)

/** The recipe of one suite; with `desktop`, of its larger image for scenarios that say `desktop: true`. */
export const recipeFor = (suite: Suite, desktop = false): Recipe => ({
  suite,
  packages: [...packages, ...(suite === 'bookworm' ? [] : ['nodejs']), ...(desktop ? desktopPackages : [])],
  apt,
  dpkg,
  hostNode: suite === 'bookworm',
  // ext4 asked for crc32c by name until 6.13 or so: no module depends on it.
  rootModules: ['virtio_pci', 'virtio_blk', ...(suite === 'sid' ? [] : ['crc32c_generic']), 'ext4'],
  files: {
    // Known from the start: an empty one makes the first boot enable every unit anew.
    '/etc/machine-id': { mode: 0o444, text: '706b74776c6162000000000000000001\n' },
    '/etc/hostname': { mode: 0o644, text: `lab-${suite}\n` },
    '/etc/fstab': { mode: 0o644, text: '# the lab mounts its root from the kernel command line\n' },
    '/etc/hosts': { mode: 0o644, text: `127.0.0.1 localhost\n127.0.1.1 lab-${suite}\n` },
    '/etc/systemd/system/pktw-lab.service': { mode: 0o644, text: service },
    '/etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf': { mode: 0o644, text: autologin },
    '/etc/systemd/journald.conf.d/lab.conf': {
      mode: 0o644,
      text: '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\nSyncIntervalSec=10s\n',
    },
    '/usr/local/lib/pktw-lab/start': { mode: 0o755, text: start },
    '/usr/local/lib/pktw-lab/product': { mode: 0o755, text: product },
  },
  links: {
    '/etc/systemd/system/multi-user.target.wants/pktw-lab.service': '/etc/systemd/system/pktw-lab.service',
    '/etc/systemd/system/default.target': '/usr/lib/systemd/system/multi-user.target',
    ...Object.fromEntries(never.map((unit) => [`/etc/systemd/system/${unit}`, '/dev/null'])),
  },
  inside: [
    ['useradd', '--create-home', '--uid', '1000', '--shell', '/bin/bash', 'alice'],
    ['passwd', '--delete', 'root'],
  ],
  sizeMiB: desktop ? 3072 : 2048,
})

/** Cache key: recipe and everything that shapes the image besides it. */
export const recipeHash = (recipe: Recipe | Installation): string =>
  createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12)
