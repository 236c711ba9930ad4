// The kernel's NBD devices: found, attached and let go of by nbd-client(8). One that somebody else uses is never touched.
import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../system/run.ts'

/**
 * s until the kernel gives up on an engine that does not answer, and cuts the file system off for good. Longer than the
 * engine's own limit for one request: 120 s, then one more packet with all its repeats (src/packet/).
 */
const timeoutSeconds = 900

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** nbd.ko makes `pid` while a client is attached; the size stays until the last close after it has gone. */
async function isFree(device: string): Promise<boolean> {
  const size = (await readFile(`/sys/class/block/${device}/size`, 'utf8').catch(() => '1')).trim()
  return size === '0' && !(await exists(`/sys/class/block/${device}/pid`))
}

/** Names of the devices that nobody uses, ascending. Loads the module when it is not there. */
export async function freeDevices(): Promise<string[]> {
  if (!(await exists('/sys/module/nbd'))) await run('modprobe', ['nbd'])
  const names = (await readdir('/sys/class/block')).filter((n) => /^nbd[0-9]+$/.test(n))
  names.sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)))
  const free: string[] = []
  for (const name of names) if (await isFree(name)) free.push(name)
  return free
}

/** Attaches the engine's socket to the device. The text says why not. */
export async function attachDevice(device: string, socket: string): Promise<string | undefined> {
  const argv = ['-unix', socket, `/dev/${device}`, '-name', 'disc', '-block-size', '2048']
  const result = await run('nbd-client', [...argv, '-timeout', String(timeoutSeconds)], { timeoutMs: 60_000 })
  if (result.code === 0) return undefined
  if (result.code === 127) return 'nbd-client is not installed (package nbd-client)'
  return (result.stderr || result.stdout).trim() || `nbd-client ended with ${result.code}`
}

/**
 * Bounds how much of the page cache may wait for this device, so that an unmount takes seconds and not minutes.
 * Kernels before 6.2 have no max_bytes: there the unmount writes as much as the system let gather.
 */
export async function boundDirtyPages(device: string, bytes: number): Promise<void> {
  await writeFile(`/sys/class/block/${device}/bdi/max_bytes`, String(bytes)).catch(() => undefined)
}

/** Detaches, and waits until the kernel has let go. Never while something is mounted: it would be cut off. */
export async function detachDevice(device: string): Promise<void> {
  await run('nbd-client', ['-d', `/dev/${device}`])
  for (let waited = 0; waited < 10_000 && !(await isFree(device)); waited += 50) await sleep(50)
}

/** Has udev look at a device again, and waits until it has. */
export async function retrigger(device: string): Promise<void> {
  await run('udevadm', ['trigger', '--action=change', '--settle', '--', `/sys/class/block/${device}`])
}
