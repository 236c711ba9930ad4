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
  /** What SYSTEMD_WANTS names: the unit, or the path that stands for it when the name holds an escape. */
  wants: string
}

/** All slots, also when nothing is mounted by us. */
const slotsOf = (settings: Settings): Slot[] =>
  Array.from({ length: settings.mount.slots }, (_, slot) => {
    const device = `/dev/pktcdvd/pktcdvd${slot}`
    const where = `${settings.mount.where}${slot === 0 ? '' : slot}`
    const unit = unitNameOfPath(where, 'mount')
    return {
      slot,
      device,
      deviceUnit: unitNameOfPath(device, 'device'),
      where,
      unit,
      wants: unit.includes('\\') ? where : unit,
    }
  })

/** The slots that systemd mounts, from a unit of ours or from fstab. */
export const mountsOf = (settings: Settings): Slot[] =>
  settings.mount.style === 'systemd' || settings.mount.style === 'fstab' ? slotsOf(settings) : []
