// udisksctl: mounts for the user who asks, at a place of udisks' choice, and takes away what udisks has mounted.
import { setTimeout as sleep } from 'node:timers/promises'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { mountsOfDevice } from '../disc/mapped-drives.ts'
import type { System } from '../system/system.ts'
import { isDenied } from './units.ts'

/** ms; a full cache on a slow disc. */
const patience = 15 * 60_000

/** udisksctl does not wait as long as a disc may take to unmount; udisks itself goes on. */
async function untilUnmounted(system: System, device: string): Promise<boolean> {
  for (const until = Date.now() + patience; Date.now() < until; await sleep(500))
    if ((await mountsOfDevice(system, device)).length === 0) return true
  return false
}

/**
 * Mounts or unmounts the block device.
 * @throws Stop when udisks is not there, does not allow it or fails.
 */
export async function udisks(system: System, verb: 'mount' | 'unmount', device: string): Promise<void> {
  const argv = [verb, '--block-device', `/dev/${device}`, '--no-user-interaction']
  const { code, stderr } = await system.run('udisksctl', argv, { timeoutMs: patience })
  if (code === 0) return
  if (code === 127) throw new Stop([diagnose('cli.no-udisks')])
  const why = stderr.trim().split('\n')[0] || `exit code ${code}`
  if (isDenied(stderr)) throw new Stop([diagnose('cli.not-allowed', { why })])
  if (
    verb === 'unmount' &&
    /timeout was reached|NoReply/i.test(stderr) &&
    (await untilUnmounted(system, device))
  )
    return
  throw new Stop([diagnose('cli.udisks-failed', { verb, device, why })])
}
