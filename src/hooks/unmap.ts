// pktw-unmap@.service: what `pktw unmap` and pktw-prepare@ end in, who would rather be refused than cut somebody off.
import { ask } from './control.ts'
import { giveBack, type Wording } from './give-back.ts'

const flushTimeout = 10 * 60_000

const words = (drive: string): Wording => ({
  stays: `the disc in ${drive} stays mapped`,
  again: `Close it there, then: pktw unmap ${drive}`,
})

async function flush(drive: string): Promise<void> {
  const answer = await ask(drive, { do: 'flush' }, flushTimeout)
  if (answer.ok) return
  throw new Error(
    `${words(drive).stays}: what was last written is not on the disc yet (${answer.error ?? 'no reason given'}). ` +
      `Try once more, or: systemctl stop pktw@${drive} gives the disc up as it is`,
  )
}

/** Gives the disc back; it stays in the drive. Throws, with the disc mapped, when somebody uses it or the last writes did not reach it. */
export const unmapDisc = (drive: string): Promise<void> => giveBack(drive, words(drive), () => flush(drive))
