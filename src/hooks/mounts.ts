// Mounts of one block device: found in the machine's own mount table, let go of through systemd.
import { readFile } from 'node:fs/promises'
import { devnumOf } from '../system/drive-nodes.ts'
import { type Holder, holdersOf } from '../system/holders.ts'
import { type Mount, parseMountinfo } from '../system/mountinfo.ts'
import { run } from '../system/run.ts'

/** Where the device is mounted now, whoever did it. */
export async function mountsOf(device: string): Promise<Mount[]> {
  const devnum = devnumOf(device)
  if (devnum === undefined) return []
  return parseMountinfo(await readFile('/proc/1/mountinfo', 'utf8')).filter((m) => m.device === devnum)
}

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

/** pktw-engine has a drive open beside its mount (backend direct), and keeps nobody from unmounting. */
const isOurs = async (pid: number): Promise<boolean> =>
  /\/pktw(-spare)?@sr[0-9]+\.service\b/.test(await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''))

/** "bash (pid 812, /media/cdvdrw/notes.txt)" for each program that keeps the device busy. */
export async function whoHolds(device: string, mounts: readonly Mount[]): Promise<string> {
  const holders: Holder[] = []
  for (const path of [...mounts.map((m) => m.target), `/dev/${device}`])
    holders.push(...(await holdersOf(path)))
  const all = [...new Map(holders.map((h) => [h.pid, h])).values()]
  const ours = await Promise.all(all.map(({ pid }) => isOurs(pid)))
  const unique = all.filter((_, i) => !ours[i])
  if (unique.length === 0) return 'a program that has ended meanwhile, or the kernel'
  return unique.map((h) => `${h.command} (pid ${h.pid}, ${h.file})`).join(', ')
}
