// How a mapped drive is let go of: what detach, release, claim and lost have in common.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { diskseqOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { run } from '../system/run.ts'
import { keepFromMounting, mayMount, stopFront } from './automount.ts'
import { unmapForKernel } from './kernel-writes.ts'
import { mountsOf, unmountAll, unmountByForce, whoHolds } from './mounts.ts'
import { attachedFor, becomesFree, disconnectDevice, isNbd, retrigger } from './nbd.ts'
import { discIsThere, listState, type Mapping, paths, removeState } from './state.ts'

/** ms that a stop waits for a program to close its files before the mount is taken away from it. */
const patience = 30_000

/** Unmounts. A busy mount gets time while `mayWait`; after that it is taken away. */
async function unmountInTime(device: string, mayWait: () => Promise<boolean>): Promise<void> {
  let left = await unmountAll(device)
  for (let waited = 0; left.length > 0 && waited < patience && (await mayWait()); waited += 1000) {
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

/** The same, and nobody mounts it again: until the drive is forgotten, or its next disc is claimed. */
export async function letGoOfMounts(
  drive: string,
  { device, slot }: Mapping,
  mayWait: () => Promise<boolean>,
): Promise<void> {
  const front = await keepFromMounting(drive, slot)
  await unmountInTime(device, mayWait)
  if (front !== undefined) await stopFront(front)
}

/** Gives the block device back as it was before: no link, no group, no ACL of the seat's user. */
export async function unmap(drive: string, { device, slot }: Mapping): Promise<void> {
  await removeState(paths.map(device))
  if (await unmapForKernel(drive, device)) {
    await removeState(paths.slot(slot))
    log.info(`${drive} is no longer mapped`)
    return
  }
  await disconnectDevice(device)
  if (!(await becomesFree(device)))
    log.error(
      `/dev/${device} is let go of, but ${await whoHolds(device, await mountsOf(device))} keeps it open. ` +
        'It can be used again once that has ended',
    )
  await retrigger(device, 'remove')
  await retrigger(device, 'add')
  // A uaccess entry outlives the device's contents; the next user of nbdN is somebody else.
  const acl = `a /dev/${device} - - - - u::rw-,g::rw-,o::---\n`
  await run('systemd-tmpfiles', ['--create', '-'], { input: acl })
  await removeState(paths.slot(slot))
  log.info(`${drive} is no longer mapped`)
}

/**
 * Lets go of a block device that nobody serves any more. Disconnected first: everything that waits for an engine, an
 * unmount above all, would otherwise go on waiting.
 */
export async function cutOff(drive: string, mapping: Mapping): Promise<void> {
  if (isNbd(mapping.device)) await disconnectDevice(mapping.device)
  await letGoOfMounts(drive, mapping, async () => false)
  await unmap(drive, mapping)
}

/** Removes what says that a slot is the drive's. */
export async function forgetSlots(drive: string): Promise<void> {
  for (const slot of await listState('slots')) {
    const owner = await readFile(paths.slot(Number(slot)), 'utf8').catch(() => '')
    if (owner.trim() === drive) await removeState(paths.slot(Number(slot)))
  }
}

/**
 * The drive is nobody's again, also when the hook that should have let go of its device was killed half way. Has udev
 * look when another disc has come meanwhile: its own event found the unit still busy.
 */
export async function forgetDrive(drive: string): Promise<void> {
  await forgetSlots(drive)
  for (const device of await attachedFor(drive)) await disconnectDevice(device)
  const swapped = !(await discIsThere(drive)) && diskseqOf(drive) !== undefined
  await mayMount(drive)
  await removeState(paths.held(drive))
  // Not from here: a wish to start this unit is refused for as long as it is stopping.
  if (swapped) await run('systemctl', ['start', '--no-block', '--', `pktw-look@${drive}.service`])
}
