// What templates/udev/61-pktw.rules is filled with.
import { type DriveException, type Medium, mediaNames, type Settings } from '../settings/settings.ts'
import type { Layout } from './artifact.ts'
import { udisksOptionsOf } from './mount-options.ts'
import { mountsOf } from './slots.ts'

/**
 * cdrom_id's properties of each medium (systemd, src/udev/cdrom_id), and what desktops call it. `trap`: a drive that writes DVD-RAM lets the
 * kernel mount it read-write, and then every write fails.
 */
const table: Record<Medium, { properties: string[]; name: string; icon: string; trap?: true }> = {
  'cd-rw': {
    properties: ['ID_CDROM_MEDIA_CD_RW'],
    name: 'CD-RW',
    icon: 'media-optical-cd-rw',
    trap: true,
  },
  'dvd-rw': {
    properties: ['ID_CDROM_MEDIA_DVD_RW', 'ID_CDROM_MEDIA_DVD_RW_RO'],
    name: 'DVD-RW',
    icon: 'media-optical-dvd-rw',
    trap: true,
  },
  'dvd+rw': { properties: ['ID_CDROM_MEDIA_DVD_PLUS_RW'], name: 'DVD+RW', icon: 'media-optical-dvd-rw' },
  'dvd-ram': { properties: ['ID_CDROM_MEDIA_DVD_RAM'], name: 'DVD-RAM', icon: 'media-optical-dvd-ram' },
  'bd-re': { properties: ['ID_CDROM_MEDIA_BD_RE'], name: 'BD-RE', icon: 'media-optical-bd-re' },
}

/** As udev writes vendor, model and serial: spaces at the ends dropped, others one underscore. */
const asProperty = (text: string | undefined): string => (text ?? '').trim().replace(/\s+/g, '_')

function exceptionData(drive: DriveException, index: number): Record<string, unknown> {
  const match = {
    vendor: asProperty(drive.match.vendor),
    model: asProperty(drive.match.model),
    serial: asProperty(drive.match.serial),
  }
  const lines = drive.ignore
    ? [{ match, property: '', backend: '', label: 'pktw_foreign' }]
    : mediaNames.flatMap((medium) => {
        const backend = drive.media[medium]
        if (backend === undefined) return []
        const taken =
          backend === 'none' ? { backend: '', label: 'pktw_foreign' } : { backend, label: 'pktw_disc' }
        return table[medium].properties.map((property) => ({ match, property, ...taken }))
      })
  return { from: `drives[${index}]`, ignore: drive.ignore, lines }
}

export const udevRulesData = (settings: Settings, layout: Layout): Record<string, unknown> => ({
  node: layout.node,
  systemd: layout.systemd !== false,
  systemctl: layout.systemctl,
  blockdev: layout.blockdev,
  probe: `${layout.libdir}/pktw-probe.mjs`,
  group: settings.device.group,
  drivegroup: layout.drivegroup,
  mode: settings.device.mode.toString(8).padStart(4, '0'),
  style: settings.mount.style,
  udisksOptions: udisksOptionsOf(settings.mount.options),
  exceptions: settings.drives.map(exceptionData),
  media: mediaNames
    .filter((medium) => settings.media[medium] !== 'none')
    .flatMap((medium) =>
      table[medium].properties.map((property) => ({ property, backend: settings.media[medium] })),
    ),
  traps: mediaNames.flatMap((medium) => (table[medium].trap ? table[medium].properties : [])),
  names: mediaNames.map((medium) => ({ medium, name: table[medium].name, icon: table[medium].icon })),
  mounts: mountsOf(settings),
  automount: settings.mount.automount !== false,
})
