// What a packet engine is given besides the drive: how durable it is, how much memory it takes, and who wants to know what.
import type { Durability } from '../settings/settings.ts'
import type { BlockError } from './error.ts'
import type { KeptBlocks } from './giving-up.ts'
import type { Journal } from './journal.ts'

export interface PacketEngineOptions {
  /** A clock in ms. */
  now: () => number
  readOnly?: boolean
  /** What a flush waits for; `journal` without a journal is `medium`. */
  flush?: Durability
  journal?: Journal
  /** Whether it would be known after a power cut which disc the journal is for; default: it would. */
  journalFindsDisc?: () => boolean
  /** Bytes that may wait in memory; default 20 MiB. */
  dirtyBytes?: number
  /** Bytes kept of what is on the disc anyway; default 2 MiB. */
  cleanBytes?: number
  /** Bytes of journal after which the medium is asked to have everything; default 40 MiB. */
  journalBytes?: number
  /** Called for each request that failed, with what it was: `write of blocks 32..63`. */
  onFailure?: (what: string, failure: BlockError) => void
  /** Blocks that could not be read, or a packet that could not be written. */
  onBadBlocks?: (lba: number, blocks: number) => void
  /** The journal cannot be kept any more. */
  onJournalLost?: (error: Error) => void
  /**
   * Everything is on the medium, and the files of a journal that is lost are about to be removed: puts elsewhere what its state alone
   * knows. `writeBack` returns when what was written since is on the medium or given up. Rejects with BlockError when the files must stay.
   */
  onJournalDiscard?: (writeBack: () => Promise<void>) => Promise<void>
  /**
   * Has another packet stand in for one that the medium refuses, for PacketDrive below; false: none can. It is called between two
   * commands to the drive, and may use `peek`. Rejects when that
   * cannot be told now (the drive does not give the table): the packet stays dirty.
   */
  replace?: (packet: number) => Promise<boolean>
  /**
   * A packet that the medium refuses is about to be given up: puts a copy aside, and gives the directory. Rejects when it must not be
   * given up without one.
   */
  onGivenUp?: (blocks: readonly KeptBlocks[], failure: BlockError) => Promise<string | undefined>
  /** A packet was handed to the drive with these bytes. */
  onWritten?: (packet: number, data: Buffer) => void
  /**
   * The medium has these packets as they were handed to the drive last; called before the journal forgets them. `read` reads blocks of
   * the medium itself, when no other command runs.
   */
  onSynchronized?: (
    packets: readonly number[],
    read: (lba: number, blocks: number) => Promise<Buffer>,
  ) => Promise<void>
}
