// What a running engine tells about itself: the answer to {"ask":"status"} and what status.sock sends.
import type { Durability, Medium } from '../settings/settings.ts'

/** Counters since the engine started. */
export interface PacketStats {
  requests: { reads: number; writes: number; flushes: number }
  /** Packets handed to the drive in full, partial requests completed by reading included. */
  packetsWritten: number
  /** Distinct packets dirtied between two flushes to the medium, summed: what packetsWritten would be at best. */
  packetsDirtied?: number
  /** Packets read from the disc: for read requests, ahead of them, and to complete partial writes. */
  packetsRead: number
  /** Blocks of 2048 bytes that read requests asked for, without those answered from memory. */
  blocksRead: number
  blocksFromMemory?: number
  synchronizes: number
  /** Requests that ended with an error. */
  errors: number
  lastError?: string
  /** Packets that are not on the medium yet: in memory, or written since the drive last answered SYNCHRONIZE CACHE. */
  dirty: number
  /** Of these, those in memory. */
  waiting?: number
  /** The packet written most often: its number (LBA ÷ packet size) and how often. */
  hottest?: { packet: number; writes: number }
}

/** The life of a disc, as far as this machine has seen it. */
export interface DiscWear {
  packetsWritten: number
  hottest?: { packet: number; writes: number }
}

/** Data that was acknowledged and that the disc does not have: the medium refused it. */
export interface Loss {
  lba: number
  /** Blocks of 2048 bytes. */
  blocks: number
  /** ms since 1970. */
  at: number
  /** What the drive said: `3/0C/00 write error`. */
  why: string
  /** Directory that holds a copy, in the format of a journal. */
  kept?: string
}

/** What pktw-engine tells of a disc that it does not write itself. */
export interface StandByStatus extends Pick<EngineStatus, 'drive' | 'state' | 'diskseq' | 'startedAt'> {
  /** Who writes: the kernel on the drive itself, or its pktcdvd. */
  backend: 'direct' | 'pktcdvd'
  medium?: Medium
}

/** One JSON object; keys are only ever added. */
export interface EngineStatus {
  /** `sr0` */
  drive: string
  /** `serving`, `stopping`: on its way out, `gone`: the disc is not there any more, every request gets EIO. `protected`: it turned out to be write-protected; it ends soon. */
  state: 'serving' | 'stopping' | 'gone' | 'protected'
  medium: Medium
  diskseq?: string
  /** What a flush waits for. */
  flush?: Durability
  /**
   * Why no journal can be kept: every flush waits for the disc, and fails while what is left of the journal cannot be removed. Absent
   * where one is kept, or none is wanted.
   */
  journalLost?: string
  /** Bytes in the journal. */
  journalBytes?: number
  /** Over all sessions; absent for a disc without a volume that could be told from others. */
  wear?: DiscWear
  /** Blocks that could not be read or written, as far as this machine knows. */
  badBlocks?: number
  /** Of earlier sessions too, as far as this machine knows; newest last, at most 64; absent: none. */
  losses?: readonly Loss[]
  packetBlocks: number
  /** Blocks of 2048 bytes. */
  blocks: number
  /** Writing speed that the drive was asked for and took, kB/s; absent when it is left to the drive. */
  speed?: number
  /** An NBD client is attached. */
  attached: boolean
  /** ms since 1970. */
  startedAt: number
  stats: PacketStats
  /** What writes; absent: an engine that knows only `engine`. */
  backend?: 'engine' | 'direct' | 'pktcdvd'
}
