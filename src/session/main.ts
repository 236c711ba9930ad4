// pktw-session: the part of pktw that runs in a user's desktop session. It has no rights of its own.
import { readFile } from 'node:fs/promises'
import { pktwSession, usageText } from '../artifacts/commands/private.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import { log } from '../system/journal.ts'
import { watchMounts } from '../system/mount-events.ts'
import { watchInstalled } from '../system/own-program.ts'
import { realSystem } from '../system/real.ts'
import { Automounters } from './automounters.ts'
import { connectSession } from './bus.ts'
import { Desk } from './desk.ts'
import { StateWatch } from './state-watch.ts'

/** The unit starts the new one then. */
const replacedCode = 75

const [verb = 'run'] = process.argv.slice(2)

/** Gives the exit code. */
async function session(runtimeDir: string): Promise<number> {
  const settingsFile = new URL('./settings.json', import.meta.url)
  // Uninstalled or replaced meanwhile: nobody else ends the services of users.
  const installed = watchInstalled(import.meta.url, settingsFile)
  const bus = await connectSession()
  if (verb === 'restore') {
    await new Automounters(bus, runtimeDir).restore()
    bus.close()
    return 0
  }
  const text = await readFile(settingsFile, 'utf8')
  const settings = JSON.parse(text) as CompiledSettings
  const ended = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ended.abort())
  const look = setInterval(() => installed() === 'same' || ended.abort(), 5_000)
  const watch = new StateWatch()
  const unwatch = watchMounts(['udf'], () => watch.poke())
  const desk = new Desk({ system: realSystem(), bus, settings, runtimeDir, log, watch, signal: ended.signal })
  await desk.run()
  unwatch()
  clearInterval(look)
  bus.close()
  return installed() === 'replaced' ? replacedCode : 0
}

const runtimeDir = process.env.XDG_RUNTIME_DIR
if (verb === '--help') process.stdout.write(usageText(pktwSession))
else if (!['run', 'restore'].includes(verb) || runtimeDir === undefined || !runtimeDir.startsWith('/')) {
  log.error('pktw-session: runs in a user session (XDG_RUNTIME_DIR); see pktw-session --help')
  process.exitCode = 2
} else {
  try {
    // Explicitly: a bus that has gone keeps its socket.
    process.exit(await session(runtimeDir))
  } catch (error) {
    log.error(`pktw-session: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  }
}
