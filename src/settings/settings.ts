// The settings as typed values. schema.ts makes them from /etc/pktw/pktw.yaml; hooks read the compiled JSON.

export const mediaNames = ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'] as const
/** Field names of the rewritable media that can be packet-written. */
export type Medium = (typeof mediaNames)[number]

/** Who writes a disc: our engine, the kernel on the drive itself, or the kernel's pktcdvd. */
export type Writer = 'engine' | 'direct' | 'pktcdvd'
/** `none`: the medium is left exactly as it would be without pktw. */
export type Backend = Writer | 'none'
/** What a flush waits for: packets on the medium, or a copy in the journal on the machine's own disk (docs/engine.md). */
export type Durability = 'medium' | 'journal'
/** `max`: the drive's best for the medium; a number: times the medium's single speed. */
export type Speed = 'max' | number

/** How the engine writes. */
export interface WriteSettings {
  /** For each medium. */
  flush: Record<Medium, Durability>
  /** Without a journal a power cut may tear packets, and every flush waits for the medium. */
  journal: boolean
  /** s after the last write until everything is on the medium. */
  after: number
  /** MiB of packets that may wait for being written. */
  memory: number
  /** Repeats of a read or write that failed on the medium. */
  retries: number
  /** For each medium. */
  speed: Record<Medium, Speed>
}

/** Who mounts a disc: a unit of ours, a line in /etc/fstab, the desktop through udisks, or nobody. */
export type MountStyle = 'systemd' | 'fstab' | 'udisks' | 'none'

/**
 * Who owns the files on the disc. `seat`: the user of the active session on seat0 at insertion, else as `group`.
 * `group`: root and device.group, group-writable. `everyone`: anybody may write. Numbers: exactly these.
 */
export type Owner =
  | 'seat'
  | 'group'
  | 'everyone'
  | {
      /** Number of the user. */
      uid: number
      /** Number of the group. */
      gid: number
    }

/** What is different for some drives. */
export interface DriveException {
  /** Every key given must match; there is at least one. */
  match: {
    /** udev's ID_VENDOR; a glob is allowed. */
    vendor?: string
    /** udev's ID_MODEL; a glob is allowed. */
    model?: string
    /** udev's ID_SERIAL_SHORT. */
    serial?: string
  }
  /** Leave this drive alone. */
  ignore: boolean
  /** Backends of this drive that differ from `media`. */
  media: Partial<Record<Medium, Backend>>
}

/** All of pktw.yaml, defaults filled in; pktw.yaml(5) describes the keys. */
export interface Settings {
  /** The packet device's node. */
  device: {
    /** Name of the group it belongs to. */
    group: string
    /** Permission bits. */
    mode: number
  }
  /** Who mounts the disc, where, how, and for whom. */
  mount: {
    /** Who mounts it. */
    style: MountStyle
    /** Absolute path of the first drive's mount point; the n-th further drive gets the path with n appended. */
    where: `/${string}`
    /** Mount options, `noatime` always among them. */
    options: string[]
    /** Whose the files are. */
    owner: Owner
    /** An unmount by the desktop is its eject: the disc is given back. */
    eject: boolean
    /** How many drives may be mounted at once: mount points, mount units and fstab lines are made for that many. */
    slots: number
    /** Mounted when somebody looks; seconds of idleness until it is unmounted again, 0 for never. false: at insertion. */
    automount: false | number
  }
  /** Who writes each medium. */
  media: Record<Medium, Backend>
  /** How the engine writes. */
  write: WriteSettings
  /** The first that matches a drive and decides about a medium counts. */
  drives: DriveException[]
  /** Who may do what over the bus, besides polkit's defaults. */
  access: {
    /** Group whose members may do everything over the bus, from wherever they are; empty for none. */
    admins: string
  }
}

/** Some of them; what is left out has its default. */
export interface SomeSettings {
  /** The packet device's node. */
  device?: Partial<Settings['device']>
  /** Who mounts the disc, where, how, and for whom. */
  mount?: Partial<Settings['mount']>
  /** Backend of each medium. */
  media?: Partial<Settings['media']>
  /** How the engine writes. */
  write?: Partial<Omit<WriteSettings, 'flush' | 'speed'>> & {
    /** For some media. */
    flush?: Partial<WriteSettings['flush']>
    /** For some media. */
    speed?: Partial<WriteSettings['speed']>
  }
  /** Who may do what. */
  access?: Partial<Settings['access']>
  /** What is different for some drives. */
  drives?: (Pick<DriveException, 'match'> & Partial<DriveException>)[]
}
