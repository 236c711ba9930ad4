// What a running engine tells about itself: the answer to {"ask":"status"} and what status.sock sends.
import type { Medium } from '../settings/settings.ts'

/** Counters since the engine started. */
export interface PacketStats {
  requests: { reads: number; writes: number; flushes: number }
  /** Packets handed to the drive in full, partial requests completed by reading included. */
  packetsWritten: number
  /** Packets read only to complete a partial write. */
  packetsRead: number
  /** Blocks of 2048 bytes read for read requests, without those answered from memory. */
  blocksRead: number
  synchronizes: number
  /** Requests that ended with an error. */
  errors: number
  lastError?: string
  /** Packets written since the drive last answered SYNCHRONIZE CACHE without error. */
  dirty: number
  /** The packet written most often: its number (LBA ÷ packet size) and how often. */
  hottest?: { packet: number; writes: number }
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
  /** `serving`, `stopping`: on its way out, `gone`: the disc is not there any more, every request gets EIO. */
  state: 'serving' | 'stopping' | 'gone'
  medium: Medium
  diskseq?: string
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
}
