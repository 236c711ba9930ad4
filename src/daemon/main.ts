// pktwd: the service on the system bus. systemd starts it when somebody calls, and it ends when nobody needs it.
import { parseArgs } from 'node:util'
import { pktwd } from '../artifacts/commands/pktwd.ts'
import { usageText } from '../artifacts/commands/private.ts'
import { connect } from '../bus/connection.ts'
import { log } from '../system/journal.ts'
import { watchInstalled } from '../system/own-program.ts'
import { realSystem } from '../system/real.ts'
import type { System } from '../system/system.ts'
import { Daemon } from './daemon.ts'

declare const PKTW_VERSION: string

/** s */
const usualIdle = 60

/** Mounts as the machine has them: the service has a view of its own, with other directories over some of them. */
function hostSystem(): System {
  const system = realSystem()
  const mounts = '/proc/self/mountinfo'
  return {
    ...system,
    read: async (path) =>
      path === mounts
        ? ((await system.read('/proc/1/mountinfo').catch(() => undefined)) ?? system.read(mounts))
        : system.read(path),
  }
}

function misused(why: string): never {
  process.stderr.write(`pktwd: ${why}\n${usageText(pktwd)}`)
  process.exit(2)
}

function readArguments(): { idle: number } {
  try {
    const { values } = parseArgs({
      options: { idle: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
    if (values.help) {
      process.stdout.write(usageText(pktwd))
      process.exit(0)
    }
    const idle = Number(values.idle ?? usualIdle)
    if (!(idle >= 1 && idle <= 86_400)) misused('--idle takes seconds from 1 to 86400')
    return { idle }
  } catch (error) {
    misused(error instanceof Error ? error.message : 'wrong arguments')
  }
}

const { idle } = readArguments()
const stopping = new Promise((resolve) => process.on('SIGTERM', resolve))
try {
  const bus = await connect()
  const installed = watchInstalled(import.meta.url, new URL('./settings.json', import.meta.url))
  const outdated = (): boolean => installed() !== 'same'
  await Daemon.run({
    bus,
    system: hostSystem(),
    version: PKTW_VERSION,
    idleMs: idle * 1000,
    outdated,
    stopping,
  })
  process.exit(0)
} catch (error) {
  log.error(`the bus: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}
