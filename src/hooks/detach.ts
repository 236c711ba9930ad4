// ExecStop and ExecStopPost of pktw@.service: the one way out, whoever asked for it.
import { log } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { ask } from './control.ts'
import { endProcess } from './engine-process.ts'
import { cutOff, forgetDrive, forgetSlots, takeFromUsers, tellUnwritten, unmap } from './let-go.ts'
import { disconnectDevice, isNbd } from './nbd.ts'
import { endSpare, takeOverBySpare } from './spare.ts'
import { discIsThere, isAlive, type Mapping, mappingOf } from './state.ts'
import { answerMs, Silence } from './take-over.ts'
import { goesOn, unitState } from './unit.ts'

const flushTimeout = 10 * 60_000
/** ms between two looks whether the engine still lives while it is being unmounted from, and between two questions to it. */
const watchPause = 500
const askPause = 10_000

/**
 * Disconnects the device as soon as the engine has gone: nobody would answer what an unmount still writes. One that hangs is ended:
 * systemd watches no engine of a unit that is being stopped.
 */
function disconnectWithoutEngine(drive: string, device: string, pid: number): () => void {
  if (!isNbd(device)) return () => undefined
  const silence = new Silence()
  const timer = setInterval(() => {
    if (isAlive(pid)) return
    end()
    log.error('the engine died while the disc was let go of')
    void disconnectDevice(device)
  }, watchPause)
  const asking = setInterval(async () => {
    if (!silence.hear(await ask(drive, { ask: 'status' }, answerMs))) return
    clearInterval(asking)
    log.error('the engine hangs while the disc is let go of: it is ended')
    await endProcess(pid).catch((error: Error) => log.error(error.message))
  }, askPause)
  const end = () => {
    clearInterval(timer)
    clearInterval(asking)
  }
  return end
}

/** ExecStop: unmount, flush, detach. The engine still runs, unless it ended by itself because its disc went. */
export async function detach(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  if (mapping === undefined) return
  const pid = Number(process.env.MAINPID ?? Number.NaN)
  if (!Number.isInteger(pid) || !isAlive(pid) || !(await discIsThere(drive))) return cutOff(drive, mapping)
  if ((await ask(drive, { ask: 'status' }, answerMs)).silent !== true) return letGo(drive, mapping, pid)
  log.error(
    `the engine of ${drive} hangs: it is ended, and another one takes over until the disc is let go of`,
  )
  try {
    const spare = await takeOverBySpare(drive, mapping, pid).catch((error: Error) =>
      log.error(
        `no other engine of ${drive} took over (${error.message}), and what programs wrote last may be lost. What fsync(2) answered ` +
          'for is kept, and written when the disc is taken up again',
      ),
    )
    if (spare === undefined) return await cutOff(drive, mapping)
    await letGo(drive, mapping, spare)
    // What systemd saw is a main process that was killed; nothing failed by it.
    await run('systemctl', ['reset-failed', '--', `pktw@${drive}.service`])
  } finally {
    await endSpare(drive)
  }
}

/** With an engine that answers, the process `pid`. */
async function letGo(drive: string, mapping: Mapping, pid: number): Promise<void> {
  const { device } = mapping
  const unwatch = disconnectWithoutEngine(drive, device, pid)
  const claim = await takeFromUsers(drive, mapping, () => discIsThere(drive))
  if (await discIsThere(drive)) {
    // What was written to the device itself, and neither synchronized nor closed.
    await claim?.sync().catch((error: Error) => log.error(`/dev/${device}: ${error.message}`))
    const answer = await ask(drive, { do: 'flush' }, flushTimeout)
    if (!answer.ok)
      log.error(`what was last written may not be on the disc: ${answer.error ?? 'no reason given'}`)
  }
  unwatch()
  await unmap(drive, mapping, claim)
  await tellUnwritten(drive)
}

/**
 * ExecStopPost: runs after every end of the unit, also when the start failed or the engine died. Takes away what is
 * left, except after a crash: then systemd starts the engine again, and whoever has files on the disc notices nothing.
 */
export async function release(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  const main = { code: process.env.EXIT_CODE, status: process.env.EXIT_STATUS }
  if (goesOn(main, await unitState(drive))) {
    log.error(`the engine of ${drive} died (${main.code} ${main.status})`)
    if (mapping === undefined) await forgetSlots(drive)
    return
  }
  if (mapping !== undefined) {
    await cutOff(drive, mapping)
    await endSpare(drive)
  }
  // A start that is wished for while the unit stops is tried at each step of it, and systemd counts the tries: two quick swaps
  // would be one too many. What is to be counted are starts that follow a crash.
  if (process.env.SERVICE_RESULT === 'success')
    await run('systemctl', ['reset-failed', '--', `pktw@${drive}.service`])
  await forgetDrive(drive)
}
