// ExecStop and ExecStopPost of pktw@.service: the one way out, whoever asked for it.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { diskseqOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { ask } from './control.ts'
import { unmapForKernel } from './kernel-writes.ts'
import { mountsOf, unmountAll, unmountByForce, whoHolds } from './mounts.ts'
import { detachDevice, retrigger } from './nbd.ts'
import { listState, type Mapping, mappingOf, paths, removeState } from './state.ts'

/** ms that a stop waits for a program to close its files before the mount is taken away from it. */
const patience = 30_000
const flushTimeout = 10 * 60_000

/** The disc that the unit took up is still in the drive. */
async function discIsThere(drive: string): Promise<boolean> {
  const held = (await readFile(paths.held(drive), 'utf8').catch(() => '')).trim()
  return held !== '' && held === diskseqOf(drive)
}

/** Unmounts. A busy mount gets time while the disc is there; one whose disc has gone gets none. */
async function letGoOfMounts(drive: string, device: string): Promise<void> {
  let left = await unmountAll(device)
  for (let waited = 0; left.length > 0 && waited < patience && (await discIsThere(drive)); waited += 1000) {
    if (waited === 0)
      log.warning(
        `${left.map((m) => m.target).join(', ')} is in use by ${await whoHolds(device, left)}: waiting`,
      )
    await sleep(1000)
    left = await unmountAll(device)
  }
  if (left.length === 0) return
  log.error(`taking ${left.map((m) => m.target).join(', ')} away from ${await whoHolds(device, left)}`)
  await unmountByForce(device)
}

/** Gives the block device back as it was before: no link, no group, no ACL of the seat's user. */
async function unmap(drive: string, { device, slot }: Mapping): Promise<void> {
  await removeState(paths.map(device))
  if (!(await unmapForKernel(drive, device))) {
    await detachDevice(device)
    await retrigger(device)
    // A uaccess entry outlives the device's contents; the next user of nbdN is somebody else.
    const acl = `a /dev/${device} - - - - u::rw-,g::rw-,o::---\n`
    await run('systemd-tmpfiles', ['--create', '-'], { input: acl })
  }
  await removeState(paths.slot(slot))
  log.info(`${drive} is no longer mapped`)
}

/** ExecStop: unmount, flush, detach. The engine still runs. */
export async function detach(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  if (mapping === undefined) return
  await letGoOfMounts(drive, mapping.device)
  if (await discIsThere(drive)) {
    const answer = await ask(drive, { do: 'flush' }, flushTimeout)
    if (!answer.ok)
      log.error(`what was last written may not be on the disc: ${answer.error ?? 'no reason given'}`)
  }
  if ((await mountsOf(mapping.device)).length > 0) log.error(`${mapping.device} is still mounted`)
  await unmap(drive, mapping)
}

/**
 * ExecStopPost: runs after every end of the unit, also when the start failed or the engine died. Takes away what is
 * left, and has udev look again when another disc has come meanwhile: its own event found the unit still busy.
 */
export async function release(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  if (mapping !== undefined) {
    if ((await unmountAll(mapping.device)).length > 0) await unmountByForce(mapping.device)
    await unmap(drive, mapping)
  }
  for (const slot of await listState('slots')) {
    const owner = await readFile(paths.slot(Number(slot)), 'utf8').catch(() => '')
    if (owner.trim() === drive) await removeState(paths.slot(Number(slot)))
  }
  const swapped = !(await discIsThere(drive)) && diskseqOf(drive) !== undefined
  await removeState(paths.held(drive))
  // Not from here: a wish to start this unit is refused for as long as it is stopping.
  if (swapped) await run('systemctl', ['start', '--no-block', '--', `pktw-look@${drive}.service`])
}
