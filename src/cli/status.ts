// pktw status

import { exit } from '../diagnostics/stop.ts'
import { realSystem } from '../system/real.ts'
import type { StatusOptions } from './options.ts'
import { reportStatus } from './status-report.ts'
import { statusText } from './status-text.ts'
import { say, sayJson } from './terminal.ts'

/** Gives the exit code. */
export async function status(options: StatusOptions, version: string): Promise<number> {
  const report = await reportStatus(realSystem(), version)
  if (options.json) sayJson(report)
  else say(statusText(report))
  return exit.done
}
