// udisksctl: mounts for the user who asks, at a place of udisks' choice.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import type { System } from '../system/system.ts'
import { isDenied } from './units.ts'

/** ms; a disc that was torn is mended before it is mounted. */
const patience = 15 * 60_000

/**
 * Mounts the block device.
 * @throws Stop when udisks is not there, does not allow it or fails.
 */
export async function mountByUdisks(system: System, device: string): Promise<void> {
  const argv = ['mount', '--block-device', `/dev/${device}`, '--no-user-interaction']
  const { code, stderr } = await system.run('udisksctl', argv, { timeoutMs: patience })
  if (code === 0) return
  if (code === 127) throw new Stop([diagnose('cli.no-udisks')])
  const why = stderr.trim().split('\n')[0] || `exit code ${code}`
  if (isDenied(stderr)) throw new Stop([diagnose('cli.not-allowed', { why })])
  throw new Stop([diagnose('cli.udisks-failed', { verb: 'mount', device, why })])
}
