// What a user's session sees of a drive, as plain values.
import type { Loss } from '../packet/status.ts'

export interface DriveView {
  /** `sr0` */
  drive: string
  /** As udev writes it: `PIONEER BD-RW BDR-212`. */
  model: string
  /** Where it stands. */
  seat: string
  /** The kernel's number of the disc that is in. */
  diskseq: string
  /** There is a disc. */
  present: boolean
  medium?: string
  /** PKTW_STATE: what the probe found, and what can be done about it. */
  state?: string
  reason?: { code: string; message: string; remedy?: string }
  label?: string
  /** The packet device, when there is one: `nbd0`. */
  device?: string
  /** Where that is mounted. `byUnit`: by a mount unit of ours, not by the desktop. */
  mount?: { target: string; byUnit: boolean }
  /** systemd's word for pktw@: `active`, `deactivating`, … */
  unit: string
  /** `success`, or what it failed with. */
  result: string
  /** pktw-eject@ is at work. */
  ejecting: boolean
  /** The last time that pktw-eject@ was at work it failed. */
  ejectFailed?: true
  /** Why the tray stayed shut, since the last time that somebody wanted the disc out. */
  shut?: { message: string; remedy?: string }
  /** What the engine says; absent while the disc is not mapped, and when nothing answers: what is left is not known then. */
  engine?: EngineView
  /** A preparation that is under way. */
  preparing?: { phase: string; perMille?: number }
  /** The user asked for an unmount alone (pktw umount). */
  stays: boolean
}

interface EngineView {
  /** Bytes that are not on the medium yet; absent where the kernel writes the disc, which does not say. */
  dirtyBytes?: number
  badBlocks: number
  /** Writes of the packet that was written most often, over the disc's life. */
  hottest: number
  /** Acknowledged data that the disc does not have; absent: none. */
  losses?: readonly Loss[]
  /** Why no journal can be kept. */
  journalLost?: string
}

/** What to call the disc. */
export const nameOf = ({ label, medium }: DriveView): string =>
  label !== undefined && label !== '' ? label : `the ${mediumName(medium)}`

const mediumName = (medium: string | undefined): string =>
  medium === undefined ? 'disc' : medium.toUpperCase()
