// pktw status
import { exit } from '../diagnostics/stop.ts'
import { reportStatus } from '../disc/status-report.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { whichDrive } from './drives.ts'
import type { StatusOptions } from './options.ts'
import { statusText } from './status-text.ts'
import { say, sayJson } from './terminal.ts'
import { watch, watchSeconds } from './watch.ts'

/** Gives the exit code; throws Stop. */
export async function status(
  options: StatusOptions,
  version: string,
  system: System = realSystem(),
): Promise<number> {
  const only = options.drive === undefined ? undefined : await whichDrive(system, options.drive, 'status')
  const report = () => reportStatus(system, version, only)
  if (options.watch !== undefined) {
    const seconds = watchSeconds(options.watch)
    const { json } = options
    const once = async (): Promise<string> => {
      const now = new Date()
      const seen = await report()
      if (json) return JSON.stringify({ at: now.toISOString(), ...seen })
      return `${now.toLocaleTimeString('en-GB')}  ${statusText(seen, now.getTime())}\n`
    }
    await watch(seconds, once, { inPlace: !json && process.stdout.isTTY === true })
  } else if (options.json) sayJson(await report())
  else say(statusText(await report(), Date.now()))
  return exit.done
}
