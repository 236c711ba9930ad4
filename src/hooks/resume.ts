// pktw-sleep.service, on its way down: the machine has woken up. A drive may have lost its power, or its disc.
import { diagnose } from '../diagnostics/catalogue.ts'
import { hearEngine } from '../disc/engine-status.ts'
import { log } from '../system/journal.ts'
import { realSystem } from '../system/real.ts'
import { run } from '../system/run.ts'
import { discIsThere, listState } from './state.ts'

/** ms: pktw-look@ gives a drive a minute and a half to come up to speed. */
const lookTimeout = 4 * 60_000

/** Has every drive that we hold looked at; its disc's service goes on, or another disc is taken up by udev's event. */
export async function resume(): Promise<void> {
  await Promise.all((await listState('held')).map(check))
}

async function check(drive: string): Promise<void> {
  await run('systemctl', ['start', '--', `pktw-look@${drive}.service`], { timeoutMs: lookTimeout })
  if (!(await discIsThere(drive))) {
    log.info(`${drive} has another disc than before the machine slept, or none`)
    return
  }
  const { engine, standBy } = await hearEngine(realSystem(), drive)
  if ((engine ?? standBy)?.state === 'serving') {
    log.info(`${drive}: the disc is served on`)
    return
  }
  const { message, remedy } = diagnose('doctor.engine-silent', { drive })
  log.error(`${message}. ${remedy ?? ''}`)
}
