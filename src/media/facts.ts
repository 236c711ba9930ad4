// What is known of a drive and its disc, as plain values, filled in by mmc/examine.ts from the drive's answers.

/** READ DISC INFORMATION (MMC-6 §6.21), what decides. */
export interface DiscInformation {
  status: 'empty' | 'incomplete' | 'complete' | 'other'
  erasable: boolean
  lastSession: 'empty' | 'incomplete' | 'reserved' | 'complete'
  /** DVD+RW background format, or Mount Rainier when `mrw` (MMC-6 §6.21.3.1.6). */
  backgroundFormat: 'none' | 'suspended' | 'running' | 'complete'
  /** The disc has Mount Rainier structures: BG Format Status non-zero on CD-RW, or MRW feature current. */
  mrw: boolean
  discType: number
}

/** READ TRACK INFORMATION (MMC-6 §6.26) of the last track. */
export interface TrackInformation {
  /** Logical track number, from 1. */
  number: number
  reservedTrack: boolean
  blank: boolean
  packet: boolean
  fixedPacket: boolean
  trackMode: number
  /** 1 = mode 1, 2 = mode 2, Fh = unknown. */
  dataMode: number
  damaged: boolean
  startAddress: number
  /** Blocks of 2048 bytes. */
  fixedPacketSize: number
  trackSize: number
  lastRecordedAddress?: number
}

/** One disc in one drive. Fields are absent when the drive refused or did not know. */
export interface DiscFacts {
  /** Current profile from the GET CONFIGURATION header (MMC-6 §5.3.2); 0 = no disc. */
  profile: number
  disc?: DiscInformation
  track?: TrackInformation
  /** Feature 0028h is current and says that the drive writes Mount Rainier on this kind of disc (MMC-6 §5.3). */
  mrwWritable?: boolean
  /** Current/Maximum Capacity Descriptor of READ FORMAT CAPACITIES (MMC-6 §6.24). */
  formatted?: { type: 'unformatted' | 'formatted' | 'no-media' | 'unknown'; blocks: number }
  /** Last LBA + 1 from READ CAPACITY (10). */
  capacityBlocks?: number
  /** READ DISC STRUCTURE format C0h (MMC-6 §6.22), or a sense with ASC 27h seen; absent when nobody told. */
  writeProtected?: boolean
  /** The NOT READY that did not pass while we asked, as sense text: a format runs, or the disc still spins up. */
  busy?: string
}
