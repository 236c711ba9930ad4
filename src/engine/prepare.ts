// What a drive needs before it is written, and after.

import type { DiscFacts } from '../media/facts.ts'
import { lockDoor, setWriteParameters } from '../mmc/commands.ts'
import { type Policy, run } from '../mmc/drive-command.ts'
import { closeTrackSession, formatDvdPlusRw } from '../mmc/format.ts'
import { senseText } from '../mmc/sense.ts'
import type { Transport } from '../mmc/transport.ts'
import { testUnitReady } from '../mmc/unit-control.ts'
import type { Medium } from '../settings/settings.ts'
import type { Log } from '../system/journal.ts'

export interface Prepared {
  /** Says to the drive again how to write; for drives that forgot (a reset, another program). Rejects when it refuses. */
  again(): Promise<void>
  /**
   * Leaves the disc as other programs expect it. The door stays locked: udev's 60-cdrom_id.rules had locked it before us.
   * Never rejects; what fails is logged.
   */
  undo(): Promise<void>
}

/** ms for a drive that goes quiet after FORMAT UNIT or CLOSE TRACK SESSION (Pioneer DVR-x06: two minutes). */
const quietMs = 150_000

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
): Promise<Prepared> {
  const attempt = (what: string, job: () => Promise<unknown>): Promise<boolean> =>
    job().then(
      () => true,
      (error) => {
        log.warning(`${what}: ${textOf(error)}`)
        return false
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

  return {
    again: parameters,
    async undo() {
      if (background !== 'suspended' && background !== 'running') return
      await attempt('background format not stopped', async () => {
        await run(transport, closeTrackSession('stop-background-format', 0, true), policy)
        await settled()
      })
    },
  }
}
