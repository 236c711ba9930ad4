// What `pktw doctor` has to know of a machine, as plain values.
import type { Loss } from '../packet/status.ts'

export interface DriveFacts {
  /** `sr0` */
  name: string
  /** It has a node of the sg driver. */
  sg: boolean
  /** How often the kernel asks for a change of the disc and for the button; ms, 0: never. `ofItsOwn`: set for this drive, not for all. */
  polling?: { ms: number; ofItsOwn: boolean }
  /** Of the disc in it. */
  state?: string
  reason?: { code: string; message: string; remedy?: string }
  fsType?: string
  fsVersion?: string
  /** Sectors of 512 bytes. */
  size?: number
  /** /run/pktw/held has it, and the DISKSEQ written there is the one of the disc that is in. */
  held?: { sameDisc: boolean }
  /** The packet device. */
  mapped?: { device: string; size?: number }
  /** Mount points of the drive itself, and of its packet device. */
  ownMounts: string[]
  packetMounts: string[]
  /** systemd.unit state of pktw@. */
  unit: { active: string; result: string }
  /** Why whoever serves the disc does not answer, where that is so. */
  silence?: string
  engine?: {
    badBlocks: number
    hottestWrites: number
    medium: string
    losses: readonly Loss[]
    journalLost?: string
  }
  backend?: string
}

export interface MachineFacts {
  /** As uname -r has it. */
  kernel: string
  init: string
  drives: DriveFacts[]
  /** `nbd` when it is not loaded; `udf` when it cannot be either: mount loads it. */
  missingModules: string[]
  missingPrograms: { program: string; package: string }[]
  pktcdvd: {
    loaded: boolean
    /** What /dev/pktcdvd is, if it is no directory. */
    wrongKind?: string
    /** Lines of device_map; `ours`: by a service of pktw. */
    mappings: { device: string; number: string; drive: string; ours: boolean; mounted: boolean }[]
  }
  /** udftools' rule that is in force. */
  udftoolsRule?: string
  /** Lines of fstab that name devices of pktcdvd which are none now. */
  oldFstabLines: { line: number; device: string }[]
  /** Lines of autofs' maps that name an optical drive, where autofs is installed. */
  autofsMaps: { file: string; line: number; key: string; device: string; drive: string }[]
  /** Who asks, unless it is root itself. */
  user?: {
    name: string
    groups: string[]
    /** Those that the drives stand at. */
    seats: string[]
    /** In front of one of them. */
    atSeat: boolean
  }
  /** Of the drives' nodes. */
  driveGroup?: string
  installed: {
    by: 'manifest' | 'package' | 'no'
    unfinished: boolean
    leftovers: string[]
    differences: { path: string; detail: string }[]
    /** Files that an install with the settings as they are would change. */
    outOfStep: string[]
    settingsProblem?: string
    /** The interpreter that the rules name and that is not there. */
    goneNode?: string
  }
  /** Directories of journals whose disc is not in. */
  waiting: string[]
}
