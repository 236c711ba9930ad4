// One command carried through: what is only a wait or a notice is dealt with here, the rest becomes a DriveError.
import { type Clock, systemClock } from './clock.ts'
import { commandName } from './opcodes.ts'
import { type Sense, senseText } from './sense.ts'
import type { Command, Reply, Transport } from './transport.ts'

/** How long to bear with a drive, and with what. */
export interface Policy {
  /** ms to go on asking a drive that is not ready or busy; 0 asks once. Default 30 000. */
  patienceMs?: number
  /** `fail`: 6/28/00 is an error, for writers that must not go on to another disc. Default `retry`. */
  mediumChange?: 'retry' | 'fail'
  /**
   * An error of an earlier command (71h, 73h), which this one's answer tells: `retry` is for whoever has another way of hearing of it
   * (packet/attention.ts). Default `fail`.
   */
  deferred?: 'retry' | 'fail'
  /** Told of a 6/28 that is asked again. */
  onMediumChange?: () => void
  clock?: Clock
}

/** The drive answered, and refused or failed. `sense` is absent only when it told none. */
export class DriveError extends Error {
  override name = 'DriveError'
  /** The standard's name: `WRITE (10)`. */
  readonly command: string
  readonly device: string
  readonly status: number
  readonly sense: Sense | undefined
  constructor(command: string, device: string, status: number, sense: Sense | undefined) {
    const why = sense ? senseText(sense) : `status ${status.toString(16).toUpperCase().padStart(2, '0')}h`
    super(`${device}: ${command}: ${why}`)
    this.command = command
    this.device = device
    this.status = status
    this.sense = sense
  }
}

const GOOD = 0x00
const CHECK_CONDITION = 0x02
const BUSY = 0x08
const TASK_SET_FULL = 0x28

/** Qualifiers of ASC 04h that pass by themselves: unknown cause, becoming ready, format, operation, long write, self-test. */
const passing = new Set([0x00, 0x01, 0x04, 0x07, 0x08, 0x09])

/** True for "wait, then ask again". Judged by ASC, not by key: drives put other keys on it. */
export const isNotReadyYet = (sense: Sense): boolean => sense.asc === 0x04 && passing.has(sense.ascq)

/** True when there is no disc in the drive. */
export const isNoMedium = (sense: Sense): boolean => sense.asc === 0x3a

/** The disc may be another one than before (6/28/xx). */
export const isMediumChange = (sense: Sense): boolean => sense.asc === 0x28

/**
 * The drive began anew: what was in its cache may be gone. 29h power on, reset, bus device reset; 2Fh commands cleared, also by a
 * power loss; 3F/01 microcode changed (SPC-5 annex F).
 */
export const isReset = ({ asc, ascq }: Sense): boolean =>
  asc === 0x29 || asc === 0x2f || (asc === 0x3f && ascq === 0x01)

/** Mode pages are not as they were set (2Ah). */
export const isNewParameters = ({ asc }: Sense): boolean => asc === 0x2a

/** Is it a notice about something that happened, after which the command is simply asked again? */
const isNotice = (sense: Sense): boolean => isMediumChange(sense) || isReset(sense) || sense.key === 0x06

type Verdict = 'done' | 'again' | 'wait' | 'failed'

function judge(reply: Reply, policy: Policy): Verdict {
  if (reply.status === GOOD) return 'done'
  if (reply.status === BUSY || reply.status === TASK_SET_FULL) return 'wait'
  const sense = reply.sense
  if (reply.status !== CHECK_CONDITION || sense === undefined) return 'failed'
  if (isMediumChange(sense) && policy.mediumChange === 'fail') return 'failed'
  if (isNotice(sense) || (sense.deferred === true && policy.deferred === 'retry')) return 'again'
  if (isNotReadyYet(sense)) return 'wait'
  // A recovered error has done its work; one that tells of an earlier command has not done this one's.
  if (sense.key === 0x01) return sense.deferred ? 'again' : 'done'
  return 'failed'
}

/** A drive can have a reset, a new disc and changed mode pages to tell of, one after the other. */
const NOTICES = 4

/**
 * Sends a command until it is answered for good. Unit attentions are swallowed (a few for one command), NOT READY of the kind
 * that passes and BUSY are asked again with growing pauses (10 ms up to 1 s), for `patienceMs` at the most.
 * @returns the drive's data, empty for commands without.
 * @throws DriveError with the drive's last answer; TransportError as the transport gives it.
 */
export const run = async (transport: Transport, command: Command, policy: Policy = {}): Promise<Buffer> =>
  (await answerTo(transport, command, policy)).data

/** The same, with all of the drive's last answer. */
export async function answerTo(transport: Transport, command: Command, policy: Policy): Promise<Reply> {
  const clock = policy.clock ?? systemClock
  const end = clock.now() + (policy.patienceMs ?? 30_000)
  let notices = 0
  let pause = 10
  for (;;) {
    const reply = await transport.execute(command)
    const verdict = judge(reply, policy)
    if (verdict === 'done') return reply
    if (verdict === 'again' && reply.sense !== undefined && isMediumChange(reply.sense))
      policy.onMediumChange?.()
    const left = end - clock.now()
    if (
      verdict === 'failed' ||
      (verdict === 'again' && ++notices > NOTICES) ||
      (verdict === 'wait' && left <= 0)
    ) {
      throw new DriveError(commandName(command.cdb), transport.device ?? 'drive', reply.status, reply.sense)
    }
    if (verdict === 'wait') {
      await clock.sleep(Math.min(pause, left))
      pause = Math.min(pause * 1.6, 1000)
    }
  }
}
