// The settings as hooks and engine read them: /usr/lib/pktw/settings.json, made by artifacts/ from Settings, so that neither
// parses YAML or knows how a unit name is escaped.
import type { MountStyle, Owner, WriteSettings } from './settings.ts'

export interface CompiledSettings {
  /** Group of the packet device, and of the files for owner `group`. */
  group: string
  style: MountStyle
  owner: Owner
  /** An unmount by the desktop is its eject. */
  eject: boolean
  /** Mount options without those that the owner adds. */
  options: string[]
  /**
   * One a slot: where it is mounted, and the unit (from our unit file or made from fstab) that does it; with mount.automount also
   * the unit that waits there for somebody to look.
   */
  mounts: { where: string; unit: string; automount?: string }[]
  /** For pktw-engine. */
  write: WriteSettings
}
