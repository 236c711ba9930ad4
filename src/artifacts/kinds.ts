// Every kind of file that is made, one row each: adding an artifact is a row here and a template.
import type { Settings } from '../settings/settings.ts'
import type { Layout } from './artifact.ts'
import { busKinds } from './bus/artifacts.ts'
import { compileSettings } from './compiled-settings.ts'
import { crashStatuses } from './crash.ts'
import { documents } from './documents.ts'
import type { Kind } from './kind.ts'
import { mountKinds } from './mount-kinds.ts'
import { polkitActions } from './polkit-actions.ts'
import { mountsOf } from './slots.ts'
import { udevRulesData } from './udev-rules.ts'

/** systemd mounts, and the files belong to whoever is in front of the seat. */
const followsSeat = ({ mount }: Settings): boolean =>
  mount.owner === 'seat' && (mount.style === 'systemd' || mount.style === 'fstab')

/** Whether a disc may come to the kernel's old driver. */
const usesPktcdvd = ({ media, drives }: Settings): boolean =>
  [media, ...drives.map((drive) => drive.media)].some((some) => Object.values(some).includes('pktcdvd'))

/** Groups that rules and units name. */
const groupsOf = (settings: Settings, layout: Layout): string[] => [
  ...new Set([layout.drivegroup, settings.device.group]),
]

const engineData = (settings: Settings, layout: Layout): Record<string, unknown> => ({
  node: layout.node,
  hook: `${layout.libdir}/pktw-hook.mjs`,
  engine: `${layout.libdir}/pktw-engine.mjs`,
  session: `${layout.libdir}/pktw-session.mjs`,
  groups: groupsOf(settings, layout),
  crashStatuses,
  followsSeat: followsSeat(settings),
})

export const kinds: readonly Kind[] = [
  {
    kind: 'udev-rules',
    what: 'which discs become packet devices, and what their devices look like',
    template: 'udev/61-pktw.rules',
    from: 'media',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.udevrulesdir}/61-pktw.rules`, data: udevRulesData(settings, layout) },
    ],
  },
  {
    kind: 'engine-unit',
    what: 'the life of one disc in a drive',
    template: 'systemd/pktw@.service',
    from: 'device',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.unitdir}/pktw@.service`, data: { ...engineData(settings, layout), spare: false } },
    ],
  },
  {
    kind: 'spare-unit',
    what: 'an engine in the place of one that hangs while its disc is let go of',
    template: 'systemd/pktw@.service',
    from: 'device',
    mode: 0o644,
    instances: (settings, layout) => [
      {
        path: `${layout.unitdir}/pktw-spare@.service`,
        data: { ...engineData(settings, layout), spare: true },
      },
    ],
  },
  {
    kind: 'eject-unit',
    what: 'what the eject button does',
    template: 'systemd/pktw-eject@.service',
    from: 'device',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.unitdir}/pktw-eject@.service`, data: engineData(settings, layout) },
    ],
  },
  {
    kind: 'unmap-unit',
    what: 'lets go of a disc that nobody uses',
    template: 'systemd/pktw-unmap@.service',
    from: 'device',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.unitdir}/pktw-unmap@.service`, data: engineData(settings, layout) },
    ],
  },
  {
    kind: 'prepare-unit',
    what: 'formats a disc and makes its file system',
    template: 'systemd/pktw-prepare@.service',
    from: 'device',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.unitdir}/pktw-prepare@.service`, data: engineData(settings, layout) },
    ],
  },
  {
    kind: 'button-unit',
    what: 'the eject button of a drive that the kernel writes itself (backend direct)',
    template: 'systemd/pktw-button@.path',
    from: 'media',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.unitdir}/pktw-button@.path`, data: {} }],
  },
  {
    kind: 'look-unit',
    what: 'has udev look at a drive again when its event came at a bad time',
    template: 'systemd/pktw-look@.service',
    from: 'device',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.unitdir}/pktw-look@.service`, data: engineData(settings, layout) },
    ],
  },
  ...(['pktw-nbd@.socket', 'pktw-nbd@.service'] as const).map((name) => ({
    kind: name === 'pktw-nbd@.socket' ? 'nbd-socket-unit' : 'nbd-unit',
    what: 'keeps the packet device alive while its engine is started again after a crash',
    template: `systemd/${name}`,
    from: 'device',
    mode: 0o644,
    instances: (settings: Settings, layout: Layout) => [
      { path: `${layout.unitdir}/${name}`, data: engineData(settings, layout) },
    ],
  })),
  {
    kind: 'lost-unit',
    what: 'lets go of a drive whose engine crashed for good',
    template: 'systemd/pktw-lost@.service',
    from: 'device',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.unitdir}/pktw-lost@.service`, data: engineData(settings, layout) },
    ],
  },
  ...(['pktw-inhibit@.path', 'pktw-inhibit@.service'] as const).map((name) => ({
    kind: name === 'pktw-inhibit@.path' ? 'inhibit-path-unit' : 'inhibit-unit',
    what: 'the machine neither sleeps nor shuts down while something is not on its disc',
    template: `systemd/${name}`,
    from: 'write',
    mode: 0o644,
    instances: (settings: Settings, layout: Layout) => [
      { path: `${layout.unitdir}/${name}`, data: engineData(settings, layout) },
    ],
  })),
  {
    kind: 'session-unit',
    what: 'the part of pktw in a desktop session: eject, notifications, automounters',
    template: 'systemd/pktw-session.service',
    from: 'mount.eject',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.userunitdir}/pktw-session.service`, data: engineData(settings, layout) },
    ],
  },
  {
    kind: 'session-drop-in',
    what: 'desktops that are a systemd session start it',
    template: 'systemd/graphical-session.target',
    from: 'mount.eject',
    mode: 0o644,
    instances: (_settings, layout) => [
      { path: `${layout.userunitdir}/graphical-session.target.d/50-pktw.conf`, data: {} },
    ],
  },
  {
    kind: 'session-autostart',
    what: 'other desktops start it',
    template: 'autostart/pktw-session.desktop',
    from: 'mount.eject',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.autostartdir}/pktw-session.desktop`, data: {} }],
  },
  {
    kind: 'target-unit',
    what: 'reached for as long as a disc is mapped; stopping it gives all of them back',
    template: 'systemd/pktw.target',
    from: 'device',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.unitdir}/pktw.target`, data: {} }],
  },
  {
    kind: 'sleep-unit',
    what: 'everything goes to its disc before the machine sleeps, and the drives are looked at after that',
    template: 'systemd/pktw-sleep.service',
    from: 'write',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.unitdir}/pktw-sleep.service`, data: engineData(settings, layout) },
    ],
  },
  {
    kind: 'sleep-drop-in',
    what: 'the machine waits for that',
    template: 'systemd/sleep.target',
    from: 'write',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.unitdir}/sleep.target.d/50-pktw.conf`, data: {} }],
  },
  ...(['pktw-seat.path', 'pktw-seat.service'] as const).map((name) => ({
    kind: name === 'pktw-seat.path' ? 'seat-path-unit' : 'seat-unit',
    what: 'mounted discs for the user who comes to the seat (mount.owner: seat)',
    template: `systemd/${name}`,
    from: 'mount.owner',
    mode: 0o644,
    instances: (settings: Settings, layout: Layout) =>
      followsSeat(settings)
        ? [{ path: `${layout.unitdir}/${name}`, data: engineData(settings, layout) }]
        : [],
  })),
  ...mountKinds,
  {
    kind: 'tmpfiles',
    what: 'directories: state in /run, mount points',
    template: 'tmpfiles/pktw.conf',
    from: 'mount.where',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.tmpfilesdir}/pktw.conf`, data: { mounts: mountsOf(settings) } },
    ],
  },
  {
    kind: 'sysusers',
    what: 'the groups that rules and units name',
    template: 'sysusers/pktw.conf',
    from: 'device.group',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.sysusersdir}/pktw.conf`, data: { groups: groupsOf(settings, layout) } },
    ],
  },
  {
    kind: 'modprobe',
    what: "keeps the kernel's pktcdvd from being loaded by itself, unless a setting names it",
    template: 'modprobe/pktw.conf',
    from: 'media',
    mode: 0o644,
    instances: (settings, layout) =>
      usesPktcdvd(settings) ? [] : [{ path: `${layout.modprobedir}/pktw.conf`, data: {} }],
  },
  {
    kind: 'modules-load',
    what: 'kernel modules to load at boot',
    template: 'modules-load/pktw.conf',
    from: 'media',
    mode: 0o644,
    instances: (_settings, layout) => [{ path: `${layout.modulesloaddir}/pktw.conf`, data: {} }],
  },
  {
    kind: 'polkit-policy',
    what: 'the names of what users may be allowed to do',
    template: 'polkit/org.pktw.policy',
    from: 'mount.owner',
    mode: 0o644,
    instances: (_settings, layout) => [
      { path: `${layout.polkitactionsdir}/org.pktw.policy`, data: { actions: polkitActions } },
    ],
  },
  {
    kind: 'polkit-rules',
    what: 'the group that may do everything without a password (access.admins)',
    template: 'polkit/50-pktw.rules',
    from: 'access.admins',
    mode: 0o644,
    instances: (settings, layout) =>
      settings.access.admins === ''
        ? []
        : [{ path: `${layout.polkitrulesdir}/50-pktw.rules`, data: { admins: settings.access.admins } }],
  },
  {
    kind: 'compiled-settings',
    what: 'the settings as the hooks read them',
    template: 'settings/settings.json',
    from: 'mount',
    mode: 0o644,
    instances: (settings, layout) => [
      { path: `${layout.libdir}/settings.json`, data: { compiled: compileSettings(settings) } },
    ],
  },
  ...busKinds,
  ...documents,
]

export const kindNames: readonly string[] = kinds.map((row) => row.kind)
