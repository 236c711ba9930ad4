// The last command of an eject.
import { eject } from '../mmc/commands.ts'
import { openSg } from '../mmc/sg.ts'
import { sgNodeOf } from '../system/drive-nodes.ts'

/** Unlocks the door and opens the tray. Throws when the drive cannot be asked or refuses. */
export async function openTray(drive: string): Promise<void> {
  const node = await sgNodeOf(drive)
  if (node === undefined) throw new Error(`${drive} has no /dev/sgN: modprobe sg, or the drive is gone`)
  const transport = await openSg(node, { device: drive })
  try {
    await eject(transport)
  } finally {
    await transport.close()
  }
}
