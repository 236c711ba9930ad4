// The kernel's pktcdvd, mapped and unmapped through sysfs (Documentation/ABI/testing/sysfs-class-pktcdvd), and only ever because the
// settings name it. No program of ours opens its device: CD ioctls on it hang in the kernel.
import { access, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { Stop } from '../diagnostics/stop.ts'
import { devnumOf } from '../system/drive-nodes.ts'
import { run } from '../system/run.ts'

/** What is outside; tests have another sysfs, since no kernel that they run on has the driver. */
export interface PktcdvdHost {
  sys: string
  write(path: string, text: string): Promise<void>
  loadModule(): Promise<unknown>
  /** ms to wait for whoever still has the device open. */
  patienceMs: number
}

const kernel: PktcdvdHost = {
  sys: '/sys',
  write: (path, text) => writeFile(path, text),
  loadModule: () => run('modprobe', ['pktcdvd']),
  patienceMs: 10_000,
}

const stop = (code: DiagnosticCode, params: Record<string, string | number>): Stop =>
  new Stop([diagnose(code, params)])

interface Line {
  /** pktcdvd0 */
  device: string
  number: string
  /** `major:minor` of the drive. */
  drive: string
}

/** Lines of device_map: `pktcdvd0 252:0 11:0`. */
async function mapped({ sys }: PktcdvdHost): Promise<Line[]> {
  const text = await readFile(`${sys}/class/pktcdvd/device_map`, 'utf8').catch(() => '')
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([device, number, drive]) =>
      device !== undefined && number !== undefined && drive !== undefined ? [{ device, number, drive }] : [],
    )
}

const lineOf = async (drive: string, host: PktcdvdHost): Promise<Line | undefined> => {
  const number = devnumOf(drive, host.sys)
  return (await mapped(host)).find((line) => line.drive === number)
}

/**
 * Maps a drive, or takes over the mapping that another rule made, and holds requests to one packet before anybody writes. The device's
 * name must be the link of the slot, which is the name of its node. Gives the name, and the warning that is due in any case; rejects
 * with Stop, having undone what was done.
 */
export async function mapPktcdvd(
  drive: string,
  slot: number,
  packetBlocks: number,
  host: PktcdvdHost = kernel,
): Promise<{ device: string; warning: Diagnostic }> {
  const add = `${host.sys}/class/pktcdvd/add`
  const there = (): Promise<boolean> =>
    access(add).then(
      () => true,
      () => false,
    )
  if (!(await there())) await host.loadModule()
  if (!(await there())) throw stop('backend.pktcdvd-missing', { drive })
  const before = await lineOf(drive, host)
  if (before === undefined) await host.write(add, devnumOf(drive, host.sys) ?? '')
  // The write succeeds whatever came of it.
  const line = before ?? (await lineOf(drive, host))
  if (line === undefined) throw stop('backend.pktcdvd-refused', { drive })
  const { device } = line
  const kib = packetBlocks * 2
  try {
    if (device !== `pktcdvd${slot}`) throw stop('backend.pktcdvd-name', { drive, device, slot })
    await host
      .write(`${host.sys}/block/${device}/queue/max_sectors_kb`, String(kib))
      .catch((error: Error) => {
        throw stop('backend.pktcdvd-requests', { device, kib, error: error.message })
      })
  } catch (error) {
    if (before === undefined) await unmapPktcdvd(drive, host)
    throw error
  }
  return { device, warning: diagnose('backend.pktcdvd-defect', { drive, device, kib }) }
}

/** Unmaps the drive's device, if it has one; waits while somebody still has it open. Gives the warning when it stays. */
export async function unmapPktcdvd(
  drive: string,
  host: PktcdvdHost = kernel,
): Promise<Diagnostic | undefined> {
  const pause = 250
  for (let waited = 0; ; waited += pause) {
    const line = await lineOf(drive, host)
    if (line === undefined) return undefined
    if (waited > host.patienceMs) {
      return diagnose('backend.pktcdvd-kept', { drive, device: line.device })
    }
    await host.write(`${host.sys}/class/pktcdvd/remove`, line.number).catch(() => undefined)
    await sleep(pause)
  }
}
