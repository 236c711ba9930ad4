// A file of the integration, as a value.

/** Where a kind of file goes; absolute, without --destdir. One row a distribution in layouts.ts. */
export interface Layout {
  name: string
  bindir: string
  /** Private programs: `/usr/lib/pktw`. */
  libdir: string
  sysconfdir: string
  udevrulesdir: string
  unitdir: string
  tmpfilesdir: string
  modulesloaddir: string
  polkitactionsdir: string
  polkitrulesdir: string
  /** Group that udev gives drives and their sg nodes; the engine is in it. */
  drivegroup: string
  /** The interpreter written into rules and units; absolute. */
  node: string
  /** Absolute path of systemctl. */
  systemctl: string
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
