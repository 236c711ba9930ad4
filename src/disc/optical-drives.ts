// The optical drives of the machine.
import { isDriveName } from '../system/drive-nodes.ts'
import type { System } from '../system/system.ts'

/** Kernel names of the optical drives, sr0 first. */
export async function opticalDrives(system: System): Promise<string[]> {
  const names = (await system.list('/sys/class/block')).filter(isDriveName)
  return names.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2)))
}
