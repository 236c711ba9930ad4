// pktw-hook VERB DRIVE: what pktw@.service and pktw-eject@.service run, as root. Never asks, never waits for a person.

import { pktwHook, usageText } from '../artifacts/commands/private.ts'
import { Stop } from '../diagnostics/stop.ts'
import { log } from '../system/journal.ts'
import { attach } from './attach.ts'
import { claim } from './claim.ts'
import { detach, release } from './detach.ts'
import { eject } from './eject.ts'
import { inhibit } from './inhibit.ts'
import { look } from './look.ts'
import { lost } from './lost.ts'
import { prepare, prepareEnd } from './prepare.ts'
import { reconnect } from './reconnect.ts'
import { resume } from './resume.ts'
import { seat } from './seat.ts'
import { sleep } from './sleep.ts'
import { driveName } from './state.ts'
import { unmapDisc } from './unmap.ts'

const verbs: Record<string, (drive: string) => Promise<void>> = {
  claim,
  attach,
  detach,
  release,
  eject,
  unmap: unmapDisc,
  inhibit,
  look,
  lost,
  reconnect,
  prepare,
  'prepare-end': prepareEnd,
}

/** Those that concern no drive in particular. */
const general: Record<string, () => Promise<void>> = { resume, seat, sleep }

/** What went wrong, and what to do about it. */
function textOf(error: unknown): string {
  if (!(error instanceof Stop)) return error instanceof Error ? error.message : String(error)
  return error.diagnostics.map(({ message, remedy }) => `${message} ${remedy ?? ''}`).join(' ')
}

// What the hooks write is for udev and systemd to read; the unit's umask is meant for the engine.
process.umask(0o022)

const [verb = '--help', name] = process.argv.slice(2)
const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined
const runGeneral = Object.hasOwn(general, verb) ? general[verb] : undefined
if (verb === '--help') process.stdout.write(usageText(pktwHook))
else if (run === undefined && runGeneral === undefined) {
  log.error(`pktw-hook: unknown verb "${verb}"; see pktw-hook --help`)
  process.exitCode = 2
} else {
  try {
    await (run === undefined ? runGeneral?.() : run(driveName(name)))
  } catch (error) {
    log.error(textOf(error))
    process.exitCode = 1
  }
}
