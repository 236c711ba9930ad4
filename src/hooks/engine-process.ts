// The process of an engine: which it is, and its end when it does not end by itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { isAlive } from './state.ts'

/** ms until a process ends that was sent SIGKILL: one that waits in the kernel for its drive gets an answer after a minute. */
const endMs = 90_000
const pauseMs = 50

/** Main process of a service; undefined when it has none. */
export async function mainPid(unit: string): Promise<number | undefined> {
  const { stdout } = await run('systemctl', ['show', '--property=MainPID', '--', unit])
  const pid = Number(parseProperties(stdout).MainPID)
  return pid > 0 ? pid : undefined
}

/** SIGKILL, which a process that is stopped cannot put off. Returns when it has ended. Throws when it does not. */
export async function endProcess(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return
    throw error
  }
  for (let waited = 0; isAlive(pid); waited += pauseMs) {
    if (waited >= endMs) throw new Error(`process ${pid} does not end, it waits in the kernel`)
    await sleep(pauseMs)
  }
}
