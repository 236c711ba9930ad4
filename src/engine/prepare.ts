// What a drive needs before it is written, and after.

import type { DiscFacts } from '../media/facts.ts'
import { speedText } from '../media/speed.ts'
import { lockDoor, setWriteParameters } from '../mmc/commands.ts'
import { DriveError, type Policy, run } from '../mmc/drive-command.ts'
import { closeTrackSession, formatDvdPlusRw } from '../mmc/format.ts'
import type { WriteSpeed } from '../mmc/performance.ts'
import { senseText } from '../mmc/sense.ts'
import type { Transport } from '../mmc/transport.ts'
import { testUnitReady } from '../mmc/unit-control.ts'
import { findWriteSpeed, requestWriteSpeed } from '../mmc/write-speed.ts'
import type { Medium, Speed } from '../settings/settings.ts'
import type { Log } from '../system/journal.ts'

export interface Prepared {
  /** Says to the drive again how to write, and locks its door again; for drives that forgot (a reset, another program). Rejects when it refuses. */
  again(): Promise<void>
  /** Writing speed that the drive was asked for and took, kB/s. */
  readonly speed?: number
  /**
   * Leaves the disc as other programs expect it. The door stays locked: udev's 60-cdrom_id.rules had locked it before us.
   * Never rejects; what fails is logged.
   */
  undo(): Promise<void>
}

/** What the settings say of the speed, and what the size of the disc is, in blocks. */
export interface SpeedWish {
  speed: Speed
  blocks: number
}

/** ms for a drive that goes quiet after FORMAT UNIT or CLOSE TRACK SESSION (Pioneer DVR-x06: two minutes). */
const quietMs = 150_000

const isRefusal = (error: unknown): boolean => error instanceof DriveError

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * Gets the drive ready to write this disc, and locks its door. Nothing of it is fatal: whether writing works is seen
 * by writing.
 */
export async function prepareForWriting(
  transport: Transport,
  medium: Medium,
  facts: DiscFacts,
  log: Log,
  policy: Policy,
  wish: SpeedWish,
): Promise<Prepared> {
  const attempt = (
    what: string,
    job: () => Promise<unknown>,
    mayFail: (error: unknown) => boolean = () => true,
  ): Promise<void> =>
    job().then(
      () => undefined,
      (error) => {
        if (!mayFail(error)) throw error
        log.warning(`${what}: ${textOf(error)}`)
      },
    )

  const parameters = async (): Promise<void> => {
    if (medium !== 'cd-rw' || facts.track === undefined) return
    const result = await setWriteParameters(transport, facts.track, policy)
    if (result.accepted) return
    // Recorded of several drives, which write all the same: the track has its packets already (udftools issue 33).
    const why = result.sense === undefined ? '' : `: ${senseText(result.sense)}`
    log.info(`the drive does not take the write parameters page${why}; trying without`)
  }
  const settled = () => run(transport, testUnitReady(), { ...policy, patienceMs: quietMs })

  await attempt('write parameters', parameters)
  const background = medium === 'dvd+rw' ? facts.disc?.backgroundFormat : undefined
  if (background === 'suspended') {
    await attempt('background format not resumed', async () => {
      await run(transport, formatDvdPlusRw(true), policy)
      await settled()
    })
  }
  await attempt('the door is not locked', () => lockDoor(transport, policy))

  let found: WriteSpeed | undefined
  let speed: number | undefined
  const setSpeed = async (): Promise<void> => {
    if (found === undefined) return
    const taken = await requestWriteSpeed(transport, medium, found, wish.blocks, policy)
    speed = taken ? found.write : undefined
  }
  const findSpeed = async (): Promise<void> => {
    found = await findWriteSpeed(transport, medium, wish.speed, policy)
    await setSpeed()
    const what = found === undefined ? 'the drive lists none for this disc' : speedText(medium, found.write)
    log.info(`writing speed: ${what}${speed === undefined ? ', it is left to the drive' : ''}`)
  }
  await attempt('writing speed', findSpeed)

  return {
    ...(speed === undefined ? {} : { speed }),
    async again() {
      // A drive that does not even answer is not asked for more: whoever waits for it waits for minutes already.
      await attempt('the door is not locked', () => lockDoor(transport, policy), isRefusal)
      await parameters()
      await attempt('writing speed', setSpeed)
    },
    async undo() {
      if (background !== 'suspended' && background !== 'running') return
      await attempt('background format not stopped', async () => {
        await run(transport, closeTrackSession('stop-background-format', 0, true), policy)
        await settled()
      })
    },
  }
}
