// Mounts of one block device and of its partitions: found in the machine's own mount table, let go of through systemd.
import { usersOf, usersText } from '../disc/device-users.ts'
import { mountsOfDevice } from '../disc/mapped-drives.ts'
import type { Mount } from '../system/mountinfo.ts'
import { realSystem } from '../system/real.ts'
import { run } from '../system/run.ts'

/** The machine's: lines of a unit with + are in a mount namespace of their own. */
const table = '/proc/1/mountinfo'

/** Where the device is mounted now, whoever did it. */
export const mountsOf = (device: string): Promise<Mount[]> => mountsOfDevice(realSystem(), device, table)

/** Unmounts through the mount's unit, so that systemd's dependencies see it. True when it is gone. */
async function stopMount(mount: Mount): Promise<void> {
  const name = await run('systemd-escape', ['--path', '--suffix=mount', '--', mount.target])
  await run('systemctl', ['stop', '--', name.stdout.trim()], { timeoutMs: 15 * 60_000 })
}

/** Unmounts every mount of the device; what is left is still busy. */
export async function unmountAll(device: string): Promise<Mount[]> {
  for (const mount of await mountsOf(device)) await stopMount(mount)
  return mountsOf(device)
}

/** Takes busy mounts out of the tree, after everything that can be written is: for a disc that leaves anyhow. */
export async function unmountByForce(device: string): Promise<void> {
  for (const mount of await mountsOf(device)) {
    await run('sync', ['--file-system', mount.target], { timeoutMs: 10 * 60_000 })
    // The unit's lines with + see the machine's mounts, but in a namespace of their own: an unmount there changes nothing.
    await run('nsenter', ['--mount=/proc/1/ns/mnt', '--', 'umount', '--lazy', '--', mount.target])
  }
}

/** Who keeps these devices busy, as a phrase: `bash (pid 812, /media/cdvdrw/notes.txt), the volume “vault” (dm-3)`. */
export const whoUses = async (...devices: string[]): Promise<string> =>
  usersText(await usersOf(realSystem(), devices, table))
