// Where the default output is kept in the repository, for distributions that run nothing: udev/, systemd/, polkit/ and so on.
import type { Artifact } from './artifact.ts'

const folders: Record<string, string> = {
  'udev-rules': 'udev',
  'engine-unit': 'systemd',
  'spare-unit': 'systemd',
  'eject-unit': 'systemd',
  'unmap-unit': 'systemd',
  'prepare-unit': 'systemd',
  'button-unit': 'systemd',
  'look-unit': 'systemd',
  'nbd-socket-unit': 'systemd',
  'nbd-unit': 'systemd',
  'lost-unit': 'systemd',
  'target-unit': 'systemd',
  'inhibit-path-unit': 'systemd',
  'inhibit-unit': 'systemd',
  'session-unit': 'systemd',
  'sleep-unit': 'systemd',
  'seat-path-unit': 'systemd',
  'seat-unit': 'systemd',
  'mount-unit': 'systemd',
  'polkit-policy': 'polkit',
  'polkit-rules': 'polkit',
  'man-programs': 'man',
  'man-settings': 'man',
  'man-overview': 'man',
  'completion-zsh': 'completion',
  'completion-fish': 'completion',
  'bus-policy': 'dbus',
  'bus-activation': 'dbus',
  'bus-interfaces': 'dbus',
  'daemon-unit': 'systemd',
  metainfo: 'metainfo',
  'settings-schema': 'settings',
}
/** Files whose installed name says nothing without its directory. */
const names: Record<string, string> = {
  tmpfiles: 'systemd/pktw.tmpfiles.conf',
  'modules-load': 'systemd/pktw.modules-load.conf',
  sysusers: 'systemd/pktw.sysusers.conf',
  modprobe: 'systemd/pktw.modprobe.conf',
  'sleep-drop-in': 'systemd/pktw.sleep.target.conf',
  'session-drop-in': 'systemd/pktw.graphical-session.target.conf',
  'session-autostart': 'systemd/pktw-session.desktop',
  'compiled-settings': 'systemd/pktw.settings.json',
}

/** Path in the repository, relative; undefined for what is not a file of its own. */
export function committedPath(artifact: Artifact): string | undefined {
  const folder = folders[artifact.kind]
  const name = artifact.path.slice(artifact.path.lastIndexOf('/') + 1)
  if (artifact.kind === 'completion-bash') return `completion/${name}.bash`
  return folder === undefined ? names[artifact.kind] : `${folder}/${name}`
}
