// What the hooks themselves say to a drive.
import { eject } from '../mmc/commands.ts'
import { run } from '../mmc/drive-command.ts'
import { openSg } from '../mmc/sg.ts'
import type { Transport } from '../mmc/transport.ts'
import { testUnitReady } from '../mmc/unit-control.ts'
import { sgNodeOf } from '../system/drive-nodes.ts'

async function withDrive(drive: string, job: (transport: Transport) => Promise<unknown>): Promise<void> {
  const node = await sgNodeOf(drive)
  if (node === undefined) throw new Error(`${drive} has no /dev/sgN: modprobe sg, or the drive is gone`)
  const transport = await openSg(node, { device: drive })
  try {
    await job(transport)
  } finally {
    await transport.close()
  }
}

/** Unlocks the door and opens the tray. Throws when the drive cannot be asked or refuses. */
export const openTray = (drive: string): Promise<void> => withDrive(drive, eject)

/** Waits for a disc to be ready, `patienceMs` at the most. Throws when it is not, or when there is none. */
export const untilReady = (drive: string, patienceMs: number): Promise<void> =>
  withDrive(drive, (transport) =>
    run(transport, { ...testUnitReady(), timeoutMs: patienceMs }, { patienceMs }),
  )
