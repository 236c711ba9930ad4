// What a session is given: the drive, and everything of the machine that it touches; and what it is.
import type { Clock } from '../mmc/clock.ts'
import type { Transport } from '../mmc/transport.ts'
import type { EngineStatus } from '../packet/status.ts'
import type { WriteSettings } from '../settings/settings.ts'
import type { Log } from '../system/journal.ts'
import type { Doors } from './doors.ts'
import type { JournalDisk } from './journal-disk.ts'
import type { Unanswered } from './unanswered.ts'
import type { ReadDiskseq } from './watch.ts'

export interface SessionOptions {
  /** Kernel name: `sr0`. */
  drive: string
  transport: Transport
  /** Gets to know the requests of the kernel's NBD client. */
  unanswered?: Unanswered
  /** Directory for the sockets; must exist. */
  runtimeDir: string
  /** How it is reached; default: sockets in `runtimeDir`. */
  doors?: Doors
  diskseq: ReadDiskseq
  /** DISKSEQ of what is in any drive; undefined when there is no such drive. */
  diskseqOf?: (drive: string) => string | undefined
  /** The drive's packet device has stayed attached since the last engine: nobody else can have written to the disc. */
  attached?: boolean
  log: Log
  clock?: Clock
  /** ms between two looks at DISKSEQ; default 1000. */
  watchMs?: number
  /** Has the kernel look whether the disc is still there. */
  look?: () => Promise<void>
  /** ms for the kernel to notice a change of medium by itself that the drive announced, where `look` does not work; default 5000. */
  noticeMs?: number
  /** How to write; what pktw.yaml leaves out when it is absent. */
  write?: WriteSettings
  /** The file system that journals are on; default: the machine's own. */
  journalDisk?: JournalDisk
  /** Where journals are kept (absent: none are), and where they were when the settings were others. */
  journalDir?: string
  formerJournalDir?: string
  /** Where what is known of discs is kept: wear, bad blocks. Nowhere when it is absent. */
  recordDir?: string
  /** What this start of the machine is called (/proc/sys/kernel/random/boot_id). */
  boot?: string
}

/** How a session ended, and the exit code that says it. */
export interface SessionEnd {
  /** 1: data that was acknowledged may not be on the disc. */
  exitCode: 0 | 1
  why: string
}

export interface Session {
  /** Path of the NBD socket; there since the session was started. */
  readonly nbdSocket: string
  status(): EngineStatus
  /** Makes durable what was acknowledged, lets go of disc and drive, closes the sockets. Every call gets the same end. */
  stop(why: string): Promise<SessionEnd>
  /** Settles when the session has ended, by `stop` or by itself, and everything is closed. Never rejects. */
  readonly ended: Promise<SessionEnd>
}
