// Slots: the first drive that holds a disc gets slot 0, the next slot 1. Each has a device link and a mount point.
import { unitNameOfPath } from '../render/unit-name.ts'
import type { Settings } from '../settings/settings.ts'

export interface Slot {
  slot: number
  /** The link that 61-pktw.rules makes: `/dev/pktcdvd/pktcdvd0`. */
  device: string
  deviceUnit: string
  where: string
  /** `media-cdvdrw.mount` */
  unit: string
  /** `media-cdvdrw.automount` */
  automount: string
  /**
   * What SYSTEMD_WANTS names. It takes no name that holds an escape: then the path, which stands for the mount unit, or a target
   * that wants the automount unit, for which no path stands.
   */
  wants: string
}

/** All slots, also when nothing is mounted by us. */
const slotsOf = (settings: Settings): Slot[] =>
  Array.from({ length: settings.mount.slots }, (_, slot) => {
    const device = `/dev/pktcdvd/pktcdvd${slot}`
    const where = `${settings.mount.where}${slot === 0 ? '' : slot}`
    const unit = unitNameOfPath(where, 'mount')
    const automount = unitNameOfPath(where, 'automount')
    const escaped = unit.includes('\\')
    return {
      slot,
      device,
      deviceUnit: unitNameOfPath(device, 'device'),
      where,
      unit,
      automount,
      wants:
        settings.mount.automount === false
          ? escaped
            ? where
            : unit
          : escaped
            ? `pktw-automount${slot}.target`
            : automount,
    }
  })

/** The slots that systemd mounts, from a unit of ours or from fstab. */
export const mountsOf = (settings: Settings): Slot[] =>
  settings.mount.style === 'systemd' || settings.mount.style === 'fstab' ? slotsOf(settings) : []

/** Those of them that wait for somebody to look. */
export const automountsOf = (settings: Settings): Slot[] =>
  settings.mount.automount === false ? [] : mountsOf(settings)
