// Starting and stopping units, and what systemd says when it does not.
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { programs } from '../system/programs.ts'
import type { System } from '../system/system.ts'
import { waiting } from './terminal.ts'

/** polkit's ways to say no, in the words of systemctl and udisksctl. */
export const isDenied = (stderr: string): boolean =>
  /interactive authentication required|access denied|permission denied|not authorized/i.test(stderr)

/** Does the work, and tells every second how many packets are left. */
export async function counting<T>(
  doing: string,
  update: (text: string) => void,
  left: () => Promise<number | undefined>,
  work: () => Promise<T>,
): Promise<T> {
  const tick = async (): Promise<void> => {
    const packets = await left()
    update(packets === undefined || packets === 0 ? doing : `${doing}: ${packets} packets left`)
  }
  const timer = setInterval(() => void tick(), 1000)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/**
 * Starts or stops a unit and waits for it. `left` gives how many packets are still to be written, for who is waiting.
 * @throws Stop when it is not allowed or fails.
 */
export async function doUnit(
  system: System,
  verb: 'start' | 'stop',
  unit: string,
  doing: string,
  left: () => Promise<number | undefined> = async () => undefined,
): Promise<void> {
  const argv = ['--no-ask-password', verb, '--', unit]
  // Writing out a slow disc may take a quarter of an hour; longer than pktw-eject@ and pktw-seat themselves take to give up.
  const result = await waiting(doing, (update) =>
    counting(doing, update, left, () => system.run(programs.systemctl, argv, { timeoutMs: 31 * 60_000 })),
  )
  if (result.code === 0) return
  const why = result.stderr.trim().split('\n')[0] || `exit code ${result.code}`
  if (isDenied(result.stderr)) throw new Stop([diagnose('cli.not-allowed', { why })])
  if (/not found|could not be found/i.test(result.stderr)) throw new Stop([diagnose('cli.not-installed')])
  throw new Stop([diagnose('cli.unit-failed', { verb, unit, why })])
}
