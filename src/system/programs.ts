// Every program of the system that pktw runs, in one place. They are found through the fixed search path of run.ts.

export const programs = {
  systemctl: 'systemctl',
  systemdTmpfiles: 'systemd-tmpfiles',
  udevadm: 'udevadm',
  modprobe: 'modprobe',
  nbdClient: 'nbd-client',
  journalctl: 'journalctl',
} as const

export type Program = keyof typeof programs

/** The Debian package that has each program, for the remedy when it is missing. */
export const packageOf: Record<Program, string> = {
  systemctl: 'systemd',
  systemdTmpfiles: 'systemd',
  udevadm: 'udev',
  modprobe: 'kmod',
  nbdClient: 'nbd-client',
  journalctl: 'systemd',
}
