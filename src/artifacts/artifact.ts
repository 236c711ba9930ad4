// A file of the integration, as a value.
import type { DirectoryName } from './directories.ts'

/** Where each kind of file goes; absolute, without --destdir. layouts.ts makes it. */
export interface Layout extends Readonly<Record<DirectoryName, string>> {
  name: string
  /** Private programs: `/usr/lib/pktw`. */
  libdir: string
  udevrulesdir: string
  /** Group that udev gives drives and their sg nodes; the engine is in it. */
  drivegroup: string
  /** The interpreter written into rules and units; absolute. */
  node: string
  /** Absolute path of systemctl. */
  systemctl: string
  /** Absolute path of blockdev(8) of util-linux. */
  blockdev: string
  /** False where no systemd starts what a rule asks for; then the rules only tell what a disc is. */
  systemd?: boolean
}

export interface Artifact {
  /** Stable name for `pktw-gen show`: `udev-rules`, `engine-unit`. */
  kind: string
  path: `/${string}`
  mode: number
  text: string
  /** Path of the setting that it comes from, and the template file. */
  from: string
  template: string
}
