// The kernel's NBD devices: found, attached and let go of by nbd-client(8). One that somebody else uses is never touched.
import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../system/run.ts'

/**
 * s until the kernel gives up on an engine that does not answer, and cuts the file system off for good. Longer than the
 * engine's own limit for one request: 120 s, then one more packet with all its repeats (src/packet/). Holds only where
 * the kernel would not be told to wait for ever (reconnect.ts).
 */
const timeoutSeconds = 900

/** ms after which the kernel looks at a request without an answer: in so many at the most it sends again after a crash. */
const resendTick = 10_000

/** KiB in one request, where the kernel would send 4 MiB: that gains nothing, and all of it has to be in the engine's memory. */
const mostAtOnceKib = 256

/** Name of the engine's export. */
export const exportName = 'disc'

/** What /sys/block/nbdN/backend says of a device of ours, where nbd-client can tell the kernel (3.25). */
const backendName = (drive: string): string => `pktw@${drive}.service`

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const attribute = async (device: string, name: string): Promise<string | undefined> =>
  (await readFile(`/sys/class/block/${device}/${name}`, 'utf8').catch(() => undefined))?.trim()

/** Kernels and file systems differ in what they have of these. */
const setAttribute = (device: string, name: string, value: number): Promise<void> =>
  writeFile(`/sys/class/block/${device}/${name}`, String(value)).catch(() => undefined)

/** What was said at the attach of whose the device is; undefined when nothing was. */
export const backendOf = (device: string): Promise<string | undefined> => attribute(device, 'backend')

/** Devices that were attached for the drive, by the kernel's own word: whatever became of the hook that attached them. */
export async function attachedFor(drive: string): Promise<string[]> {
  const names = (await readdir('/sys/class/block')).filter((n) => /^nbd[0-9]+$/.test(n))
  const backends = await Promise.all(names.map(backendOf))
  return names.filter((_, i) => backends[i] === backendName(drive))
}

export const sizeBytesOf = async (device: string): Promise<number> =>
  Number((await attribute(device, 'size')) ?? Number.NaN) * 512

/** A device of ours, and not one that the kernel writes to itself. */
export const isNbd = (device: string): boolean => device.startsWith('nbd')

/** nbd.ko makes `pid` while a client is attached; the size stays until the last close after it has gone. */
async function isFree(device: string): Promise<boolean> {
  return (await attribute(device, 'size')) === '0' && !(await exists(`/sys/class/block/${device}/pid`))
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

/** nbd-client 3.25 and newer can tell the kernel whose a device is; an older one would end with its usage. */
const knowsIdentifiers = async (): Promise<boolean> => {
  // Without arguments: 3.27 dies of a segmentation fault when it is asked for its help.
  const { stdout, stderr } = await run('nbd-client', [])
  return /\[-i ident/.test(stdout + stderr)
}

/** Attaches the engine's socket to the device. The text says why not. */
export async function attachDevice(
  device: string,
  socket: string,
  drive: string,
): Promise<string | undefined> {
  const argv = ['-unix', socket, `/dev/${device}`, '-name', exportName, '-block-size', '2048']
  argv.push('-timeout', String(timeoutSeconds))
  if (await knowsIdentifiers()) argv.push('-i', backendName(drive))
  const result = await run('nbd-client', argv, { timeoutMs: 60_000 })
  if (result.code === 0) return undefined
  if (result.code === 127) return 'nbd-client is not installed (package nbd-client)'
  return (result.stderr || result.stdout).trim() || `nbd-client ended with ${result.code}`
}

/**
 * Has the kernel wait for the next engine when this one dies, or, after that, go on with it (reconnect.ts). The text says
 * why it does not. Sets the limits of the queue, which each connection sets back.
 */
export async function keepThroughCrash(drive: string, device: string): Promise<string | undefined> {
  const unit = `pktw-nbd@${drive}.service`
  const { code, stderr } = await run('systemctl', ['start', '--', unit], { timeoutMs: 150_000 })
  await setAttribute(device, 'queue/max_sectors_kb', mostAtOnceKib)
  if (code !== 0) return stderr.trim() || `systemctl start ${unit} ended with ${code}`
  await setAttribute(device, 'queue/io_timeout', resendTick)
  return undefined
}

/**
 * Bounds how much of the page cache may wait for this device, so that an unmount takes seconds and not minutes, and a
 * slow disc does not keep others from writing. Kernels before 6.2 only know max_ratio, which is coarser and holds
 * only once all devices together have much to write.
 */
export async function boundDirtyPages(device: string, bytes: number): Promise<void> {
  // One and the same limit in the kernel; the finer one is set last.
  await setAttribute(device, 'bdi/max_ratio', 1)
  await setAttribute(device, 'bdi/max_bytes', bytes)
  await setAttribute(device, 'bdi/strict_limit', 1)
}

/** Ends the connection. What waits for the device, and whatever is mounted from it, gets errors from now on. */
export async function disconnectDevice(device: string): Promise<void> {
  await run('nbd-client', ['-d', `/dev/${device}`])
}

/** Waits until the kernel has let go of a device that is disconnected; false when a program does not close it. */
export async function becomesFree(device: string): Promise<boolean> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (await isFree(device)) return true
    await sleep(50)
  }
  return isFree(device)
}

/**
 * Has udev look at a device again, and waits until it has. `add` and `remove`: as if it had come or gone, which udisks
 * needs to see a drive behind a device that is there since the boot, and to forget it again.
 */
export async function retrigger(
  device: string,
  action: 'change' | 'add' | 'remove' = 'change',
): Promise<void> {
  await run('udevadm', ['trigger', `--action=${action}`, '--settle', '--', `/sys/class/block/${device}`])
}
