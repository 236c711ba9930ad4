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
  /** Blocks of read requests that were answered from memory. */
  blocksFromMemory?: number
  /** Distinct packets dirtied between two flushes to the medium, summed: what packetsWritten would ideally be. */
  packetsDirtied?: number
  /** Packets that are not on the medium yet. */
  waiting?: number
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
  /** An NBD client is attached. */
  attached: boolean
  /** ms since 1970. */
  startedAt: number
  stats: PacketStats
  /** What writes; absent: an engine that knows only `engine`. */
  backend?: 'engine' | 'direct' | 'pktcdvd'
  /** What a flush waits for. */
  flush?: 'journal' | 'medium'
  /** Write speed that the drive was told, kB/s. */
  speed?: number
  journalBytes?: number
  /** Blocks of the disc that could not be written or read. */
  badBlocks?: number
  /** In the whole life of the disc, as far as this machine knows. */
  wear?: { packetsWritten: number; hottest?: { packet: number; writes: number } }
}
