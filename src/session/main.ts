// pktw-session: the part of pktw that runs in a user's desktop session. It has no rights of its own.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { pktwSession, usageText } from '../artifacts/commands/private.ts'
import type { CompiledSettings } from '../settings/compiled.ts'
import { log } from '../system/journal.ts'
import { realSystem } from '../system/real.ts'
import { Automounters } from './automounters.ts'
import { connectSession } from './bus.ts'
import { Desk } from './desk.ts'

const [verb = 'run'] = process.argv.slice(2)

async function session(runtimeDir: string): Promise<void> {
  const bus = await connectSession()
  if (verb === 'restore') {
    await new Automounters(bus, runtimeDir).restore()
    bus.close()
    return
  }
  const text = await readFile(new URL('./settings.json', import.meta.url), 'utf8')
  const settings = JSON.parse(text) as CompiledSettings
  const ended = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ended.abort())
  // Uninstalled meanwhile: nobody else ends the services of users.
  const self = fileURLToPath(import.meta.url)
  const installed = setInterval(() => existsSync(self) || ended.abort(), 30_000)
  const desk = new Desk({ system: realSystem(), bus, settings, runtimeDir, log, signal: ended.signal })
  await desk.run()
  clearInterval(installed)
  bus.close()
}

const runtimeDir = process.env.XDG_RUNTIME_DIR
if (verb === '--help') process.stdout.write(usageText(pktwSession))
else if (!['run', 'restore'].includes(verb) || runtimeDir === undefined || !runtimeDir.startsWith('/')) {
  log.error('pktw-session: runs in a user session (XDG_RUNTIME_DIR); see pktw-session --help')
  process.exitCode = 2
} else {
  try {
    await session(runtimeDir)
    // A bus that has gone keeps its socket, and nothing is left to do.
    process.exit(0)
  } catch (error) {
    log.error(`pktw-session: ${error instanceof Error ? error.message : String(error)}`)
    process.exit(1)
  }
}
