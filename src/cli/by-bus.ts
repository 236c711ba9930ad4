// The verbs of a user who is not root: the service on the bus does them, if polkit lets it.
import { callDrive } from '../bus/client.ts'
import { Variant } from '../bus/connection.ts'
import type { System } from '../system/system.ts'
import { withAgent } from './agent.ts'
import { waiting } from './terminal.ts'
import { counting } from './units.ts'

type Method = 'Map' | 'Unmap' | 'Mount' | 'Unmount' | 'Eject' | 'Cancel'

/** root starts and stops units by itself, also where there is no bus. */
export const goesByBus = ({ uid }: System): boolean => uid !== 0

/**
 * Calls the method of the drive and waits for its end. `left` as doUnit has it. What is being done is shown once it is allowed. Throws
 * Stop.
 */
export async function byBus(
  drive: string,
  method: Method,
  doing: string,
  left: () => Promise<number | undefined> = async () => undefined,
): Promise<void> {
  let begin = (): void => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  await withAgent(() =>
    waiting(
      doing,
      (update) => counting(doing, update, left, () => callDrive(drive, method, { onBegun: begin })),
      begun,
    ),
  )
}

/** Has the preparation begun. Throws Stop. */
export async function prepareByBus(
  drive: string,
  { label, erase, full }: { label: string; erase: boolean; full: boolean },
): Promise<void> {
  const options = {
    label: new Variant('s', label),
    erase: new Variant('b', erase),
    full: new Variant('b', full),
  }
  await withAgent(() => callDrive(drive, 'Prepare', { signature: 'a{sv}', body: [options] }))
}
