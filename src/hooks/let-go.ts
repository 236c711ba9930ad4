// How a mapped drive is let go of: what detach, release, claim and lost have in common.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { partitionsOf } from '../disc/mapped-drives.ts'
import { claimDevice, type DeviceClaim } from '../system/claim-device.ts'
import { discClaimPath, formatDiscClaim, neverWritten, parseDiscClaim } from '../system/disc-claim.ts'
import { diskseqOf } from '../system/drive-nodes.ts'
import { log } from '../system/journal.ts'
import { realSystem } from '../system/real.ts'
import { run } from '../system/run.ts'
import { keepFromMounting, mayMount, stopFront } from './automount.ts'
import { ask } from './control.ts'
import { unmapForKernel } from './kernel-writes.ts'
import { unmountAll, unmountByForce, whoUses } from './mounts.ts'
import { attachedFor, becomesFree, disconnectDevice, isNbd, retrigger } from './nbd.ts'
import { discIsThere, listState, type Mapping, paths, readText, removeState, writeState } from './state.ts'

/** ms that a stop waits for a program to close its files before the mount is taken away from it. */
const patience = 30_000
const statusTimeout = 10_000

/**
 * The device whose exclusive open says whether anybody uses the disc. pktcdvd keeps the drive itself open, exclusively, while anybody
 * has its device open; and no program of ours opens that one.
 */
export const claimedNode = (drive: string, { device }: Mapping): string => (isNbd(device) ? device : drive)

/** A device that cannot be opened: whoever has it is cut off anyhow, and waiting helps nobody. */
const noClaim: DeviceClaim = { sync: async () => undefined, release: () => undefined }

/** Once nothing is mounted. Undefined when it is in use. */
async function claimUnused(drive: string, mapping: Mapping): Promise<DeviceClaim | undefined> {
  if ((await unmountAll(mapping.device)).length > 0) return undefined
  return claimDevice(claimedNode(drive, mapping), 0).catch((error: Error) => {
    log.warning(`/dev/${claimedNode(drive, mapping)}: ${error.message}`)
    return noClaim
  })
}

/** Unmounts and claims. Whoever uses the disc gets time while `mayWait`; after that it is taken away. */
async function claimInTime(
  drive: string,
  mapping: Mapping,
  mayWait: () => Promise<boolean>,
): Promise<DeviceClaim | undefined> {
  const { device } = mapping
  for (let waited = 0; ; waited += 1000) {
    const claim = await claimUnused(drive, mapping)
    if (claim !== undefined) return claim
    if (waited >= patience || !(await mayWait())) break
    if (waited === 0) log.warning(`/dev/${device} is in use by ${await whoUses(device)}: waiting`)
    await sleep(1000)
  }
  log.error(`taking /dev/${device} away from ${await whoUses(device)}`)
  await unmountByForce(device)
  return claimUnused(drive, mapping)
}

/**
 * The same, and nobody mounts it again: until the drive is forgotten, or its next disc is claimed. Undefined when somebody keeps using
 * the device, which is cut off then.
 */
export async function takeFromUsers(
  drive: string,
  mapping: Mapping,
  mayWait: () => Promise<boolean>,
): Promise<DeviceClaim | undefined> {
  const front = await keepFromMounting(drive, mapping.slot)
  const claim = await claimInTime(drive, mapping, mayWait)
  if (front !== undefined) await stopFront(front)
  return claim
}

/** An engine that was the only one, and has written nothing, leaves its disc as it found it. Nobody writes to it any more. */
export async function tellUnwritten(drive: string): Promise<void> {
  const diskseq = diskseqOf(drive) ?? ''
  const path = discClaimPath(drive)
  if (parseDiscClaim(await readText(path), diskseq) !== 'first') return
  const { status } = await ask(drive, { ask: 'status' }, statusTimeout)
  if (neverWritten(status) && (await discIsThere(drive)))
    await writeState(path, formatDiscClaim(diskseq, 'clean'))
}

/** The kernel keeps those of a device that is disconnected until somebody has it look for them. */
async function forgetPartitions(device: string): Promise<void> {
  if ((await partitionsOf(realSystem(), device)).length > 0)
    await run('blockdev', ['--rereadpt', `/dev/${device}`])
}

/**
 * Gives the block device back as it was before: no link, no group, no ACL of the seat's user. The claim ends when it is disconnected, and
 * with it the kernel's last hold on the device.
 */
export async function unmap(drive: string, { device, slot }: Mapping, claim?: DeviceClaim): Promise<void> {
  await removeState(paths.map(device))
  if (await unmapForKernel(drive, device)) {
    claim?.release()
    await removeState(paths.slot(slot))
    log.info(`${drive} is no longer mapped`)
    return
  }
  await disconnectDevice(device)
  claim?.release()
  if (!(await becomesFree(device)))
    log.error(
      `/dev/${device} is disconnected, and ${await whoUses(device)} still has it open. ` +
        'It can be used again once that has ended',
    )
  await forgetPartitions(device)
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
  await unmap(drive, mapping, await takeFromUsers(drive, mapping, async () => false))
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
