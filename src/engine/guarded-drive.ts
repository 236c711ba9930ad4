// The drive as the engine uses it: what it says of earlier commands is heard in every answer, and nothing goes to another disc than the one
// that was taken up.
import type { Clock } from '../mmc/clock.ts'
import { DriveError } from '../mmc/drive-command.ts'
import { readBlocks } from '../mmc/read-blocks.ts'
import { AttentiveTransport } from '../packet/attention.ts'
import { GuardedTransport } from '../packet/guard.ts'
import type { TryRead } from '../packet/witness.ts'
import { MediaEvents } from './media-events.ts'
import type { SessionOptions } from './session-options.ts'
import { watchDisc } from './watch.ts'

/** ms for GET EVENT STATUS NOTIFICATION. */
const eventMs = 10_000
/** ms for the drive to be ready to read, all in all, when it has said that the disc may have changed. */
const readyMs = 30_000

export interface DriveParts extends Pick<SessionOptions, 'drive' | 'transport' | 'look' | 'noticeMs'> {
  clock: Clock
  /** DISKSEQ of the disc that was taken up, and now. */
  diskseq: string
  read: SessionOptions['diskseq']
  /** Whether the disc holds what ours held, by what is known of it by then. */
  isStill: (read: TryRead) => Promise<'same' | 'other' | 'unknown'>
  /** The disc has gone, for whichever reason; once. */
  onLost: (why: string) => void
}

/** The medium, and nothing else, is in the way of reading the blocks. */
const isMediums = ({ sense }: DriveError): boolean =>
  sense?.key === 0x03 || sense?.key === 0x08 || (sense?.key === 0x05 && sense.asc === 0x21)

/** Reads blocks of the disc before it is settled whose it is. Rejects when it is the drive that fails. */
function lookingAt(transport: AttentiveTransport, clock: Clock): TryRead {
  const end = clock.now() + readyMs
  return async (lba, blocks) => {
    const patienceMs = Math.max(0, end - clock.now())
    return await readBlocks(transport, lba, blocks, { patienceMs, clock }).catch((error: unknown) => {
      if (error instanceof DriveError && isMediums(error)) return undefined
      throw error
    })
  }
}

/**
 * `forgetEvents` is to be called once the disc was examined: media events of the time before are none of its.
 */
export function guardedDrive(parts: DriveParts): {
  guarded: GuardedTransport
  forgetEvents: () => Promise<void>
} {
  const { clock, isStill } = parts
  const attentive = new AttentiveTransport(parts.transport)
  const events = new MediaEvents(attentive, { patienceMs: 0, clock }, eventMs)
  const watch = watchDisc({
    ...parts,
    contents: () => isStill(lookingAt(attentive, clock)).catch(() => 'unknown' as const),
    events: () => events.changed(),
  })
  return {
    guarded: new GuardedTransport(attentive, watch, parts.onLost),
    forgetEvents: async () => {
      await events.changed()
    },
  }
}
