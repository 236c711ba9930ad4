// polkit's way to ask for a password on a terminal, for who has no desktop that does: pkttyagent, while we wait.
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { searchPath } from '../system/search-path.ts'
import { canAsk } from './terminal.ts'

/** ms: registering takes none of them. */
const patience = 3000

/** Does the work with an agent on our terminal, if there is one; without, if it cannot be had. */
export async function withAgent<T>(work: () => Promise<T>): Promise<T> {
  if (!canAsk()) return work()
  // Only where nobody else would ask: a desktop has its own.
  const argv = ['--notify-fd', '3', '--fallback', '--process', String(process.pid)]
  const child = spawn('pkttyagent', argv, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, PATH: searchPath },
  })
  const registered = new Promise<void>((resolve) => {
    const notify = child.stdio[3] as Readable
    notify
      .on('error', () => resolve())
      .once('close', () => resolve())
      .resume()
    child.once('error', () => resolve()).once('exit', () => resolve())
    setTimeout(resolve, patience).unref()
  })
  try {
    await registered
    return await work()
  } finally {
    child.kill()
  }
}
