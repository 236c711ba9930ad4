// ExecStartPost of pktw@.service: the engine's socket becomes a block device.
import { access } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Writer } from '../settings/settings.ts'
import { log } from '../system/journal.ts'
import { formatProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { driveProperties } from './drive-properties.ts'
import { mapForKernel, writerOfDisc } from './kernel-writes.ts'
import { bindMountUnit, readSettings } from './mount-unit.ts'
import { attachDevice, boundDirtyPages, freeDevices, keepThroughCrash, retrigger } from './nbd.ts'
import { claimState, isAlive, mappingOf, paths, removeState, seenProperties, writeState } from './state.ts'

/** A full disc's worth of write-back at CD speed is minutes; this is some 20 s at 10x. */
const dirtyBytes = 32 * 1024 * 1024

/**
 * Waits for the engine, the process `pid`, to listen, `limitMs` at the most. Throws when it ends before that; why is in the journal
 * already.
 */
export async function waitForEngine(socket: string, pid: number, limitMs = Infinity): Promise<void> {
  const pauseMs = 50
  for (let waited = 0; ; waited += pauseMs) {
    const listening = await access(socket).then(
      () => true,
      () => false,
    )
    if (listening) return
    if (Number.isInteger(pid) && !isAlive(pid)) throw new Error('the engine ended before the disc was ready')
    if (waited >= limitMs) throw new Error(`the engine was not ready within ${limitMs / 1000} s`)
    await sleep(pauseMs)
  }
}

async function takeSlot(drive: string): Promise<number> {
  for (let slot = 0; slot < 64; slot++) if (await claimState(paths.slot(slot), `${drive}\n`)) return slot
  throw new Error('64 drives have a slot already')
}

/**
 * The first free NBD device that lets itself be attached. Desktops are not to see it before udisks knows of a drive behind it
 * (`announce`): one that is offered without is not mounted, and not looked at again.
 */
async function attachAny(drive: string, properties: Record<string, string>): Promise<string> {
  const socket = `${paths.runtime(drive)}/nbd.sock`
  let why = 'the kernel has no free NBD device (modprobe nbd nbds_max=32)'
  const hidden = formatProperties({ ...properties, UDISKS_IGNORE: '1' })
  for (const device of await freeDevices()) {
    if (!(await claimState(paths.map(device), hidden))) continue
    const failure = await attachDevice(device, socket, drive)
    if (failure === undefined) return device
    why = failure
    await removeState(paths.map(device))
  }
  throw new Error(`no block device for the disc: ${why}`)
}

/** Has udev, and with it desktops, see the device as if it had come this moment. */
async function announce(device: string, properties: Record<string, string>): Promise<void> {
  // The kernel's own events for the device still find the file that hides it.
  await run('udevadm', ['settle', '--timeout=30'])
  await writeState(paths.map(device), formatProperties(properties))
  await retrigger(device, 'add')
}

export async function attach(drive: string): Promise<void> {
  const backend = await writerOfDisc(drive)
  const pid = Number(process.env.MAINPID ?? Number.NaN)
  await waitForEngine(`${paths.runtime(drive)}/${backend === 'engine' ? 'nbd' : 'control'}.sock`, pid)
  const mapping = await mappingOf(drive)
  if (mapping === undefined) return attachNew(drive, backend)
  // Where the kernel writes nothing hangs on our process.
  if (backend !== 'engine') return
  const failure = await keepThroughCrash(drive, mapping.device)
  if (failure !== undefined) throw new Error(`${mapping.device} cannot go on with the new engine: ${failure}`)
}

/** The engine's block device, which outlives the engine. */
async function attachEngine(drive: string, slot: number): Promise<string> {
  const properties = {
    ...(await seenProperties(drive)),
    ...(await driveProperties(drive)),
    PKTW_DRIVE: drive,
    PKTW_SLOT: String(slot),
  }
  const device = await attachAny(drive, properties)
  const failure = await keepThroughCrash(drive, device)
  if (failure !== undefined)
    log.warning(`${drive} works, but would not survive a crash of its engine: ${failure}`)
  await boundDirtyPages(device, dirtyBytes)
  await announce(device, properties)
  return device
}

async function attachKernel(drive: string, slot: number, backend: Writer): Promise<string> {
  const { device } = await mapForKernel(drive, slot, backend)
  await boundDirtyPages(device, dirtyBytes)
  await retrigger(device, device === drive ? 'change' : 'add')
  return device
}

async function attachNew(drive: string, backend: Writer): Promise<void> {
  const slot = await takeSlot(drive)
  try {
    const settings = await readSettings()
    if (settings.style === 'systemd' || settings.style === 'fstab') await bindMountUnit(drive, slot, settings)
    const device = await (backend === 'engine'
      ? attachEngine(drive, slot)
      : attachKernel(drive, slot, backend))
    // The unit counts starts; what is to be counted are those that follow a crash. Not earlier: an engine that dies
    // whenever it is attached must come to an end as well.
    await run('systemctl', ['reset-failed', '--', `pktw@${drive}.service`])
    log.info(`${drive} is mapped: /dev/pktw/${drive}, /dev/pktcdvd/pktcdvd${slot} (${device})`)
  } catch (error) {
    await removeState(paths.slot(slot))
    throw error
  }
}
