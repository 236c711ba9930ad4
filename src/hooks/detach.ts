// ExecStop and ExecStopPost of pktw@.service: the one way out, whoever asked for it.
import { discClaimPath, formatDiscClaim, neverWritten, parseDiscClaim } from '../system/disc-claim.ts'
import { diskseqOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { ask } from './control.ts'
import { cutOff, forgetDrive, forgetSlots, letGoOfMounts, unmap } from './let-go.ts'
import { mountsOf } from './mounts.ts'
import { disconnectDevice, isNbd } from './nbd.ts'
import { discIsThere, isAlive, mappingOf, readText, writeState } from './state.ts'
import { goesOn, unitState } from './unit.ts'

const flushTimeout = 10 * 60_000
const statusTimeout = 10_000
/** ms between two looks whether the engine still lives while it is being unmounted from. */
const watchPause = 500

/** Disconnects the device as soon as the engine has gone: nobody would answer what an unmount still writes. */
function disconnectWithoutEngine(device: string, pid: number): () => void {
  if (!isNbd(device)) return () => undefined
  const timer = setInterval(() => {
    if (isAlive(pid)) return
    clearInterval(timer)
    log.error('the engine died while the disc was let go of')
    void disconnectDevice(device)
  }, watchPause)
  return () => clearInterval(timer)
}

/** An engine that was the only one, and has written nothing, leaves its disc as it found it. Nobody writes to it any more. */
async function tellUnwritten(drive: string): Promise<void> {
  const diskseq = diskseqOf(drive) ?? ''
  const path = discClaimPath(drive)
  if (parseDiscClaim(await readText(path), diskseq) !== 'first') return
  const { status } = await ask(drive, { ask: 'status' }, statusTimeout)
  if (neverWritten(status) && (await discIsThere(drive)))
    await writeState(path, formatDiscClaim(diskseq, 'clean'))
}

/** ExecStop: unmount, flush, detach. The engine still runs, unless it ended by itself because its disc went. */
export async function detach(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  if (mapping === undefined) return
  const { device } = mapping
  const pid = Number(process.env.MAINPID ?? Number.NaN)
  if (!Number.isInteger(pid) || !isAlive(pid) || !(await discIsThere(drive))) return cutOff(drive, mapping)
  const unwatch = disconnectWithoutEngine(device, pid)
  await letGoOfMounts(drive, mapping, () => discIsThere(drive))
  if (await discIsThere(drive)) {
    const answer = await ask(drive, { do: 'flush' }, flushTimeout)
    if (!answer.ok)
      log.error(`what was last written may not be on the disc: ${answer.error ?? 'no reason given'}`)
  }
  unwatch()
  if ((await mountsOf(device)).length > 0) log.error(`${device} is still mounted`)
  await unmap(drive, mapping)
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
  if (mapping !== undefined) await cutOff(drive, mapping)
  // A start that is wished for while the unit stops is tried at each step of it, and systemd counts the tries: two quick swaps
  // would be one too many. What is to be counted are starts that follow a crash.
  if (process.env.SERVICE_RESULT === 'success')
    await run('systemctl', ['reset-failed', '--', `pktw@${drive}.service`])
  await forgetDrive(drive)
}
