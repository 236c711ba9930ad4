// The formatted disc is taken up like any other, and gets its file system through the packet device: so the drive sees whole packets.
import { setTimeout as timer } from 'node:timers/promises'
import { catalogue, type DiagnosticCode, diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { mkudffsOptions } from '../media/file-system.ts'
import type { Medium } from '../settings/settings.ts'
import { log } from '../system/journal.ts'
import { type PrepareOrder, preparationPaths } from '../system/preparation.ts'
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'
import { ask } from './control.ts'
import { readSettings } from './mount-unit.ts'
import { mountsOf } from './mounts.ts'
import { isNbd } from './nbd.ts'
import type { PrepareReport } from './prepare-report.ts'
import { type Mapping, mappingOf, removeState } from './state.ts'

const startTimeout = 15 * 60_000
const makeTimeout = 30 * 60_000
/** ms for udev and systemd to mount it by themselves. */
const mountPatience = 60_000

const sleep = (ms: number): Promise<void> => timer(ms)

/** All of the machine that this needs; a test has another one. */
const machineItself = { run, ask, mappingOf, mountsOf, readSettings, removeState, sleep }
export type FileSystemMachine = typeof machineItself

const isCode = (code: string): code is DiagnosticCode => Object.hasOwn(catalogue, code)

/** The command line that makes the file system. */
export const mkudffsCommand = (medium: Medium, order: PrepareOrder, device: string): string[] => [
  ...mkudffsOptions(medium),
  '--blocksize=2048',
  `--label=${order.label}`,
  `--uid=${order.uid}`,
  `--gid=${order.gid}`,
  `/dev/${device}`,
]

/** Has udev look at the disc anew, and gives what it found. */
async function lookAgain({ run }: FileSystemMachine, drive: string): Promise<Record<string, string>> {
  await run('systemctl', ['start', '--', `pktw-look@${drive}.service`], { timeoutMs: 5 * 60_000 })
  const { stdout } = await run('udevadm', ['info', '--query=property', `--name=/dev/${drive}`])
  return parseProperties(stdout)
}

/** The packet device of the disc. Throws Stop when there is none. */
async function takeUp(machine: FileSystemMachine, drive: string): Promise<Mapping> {
  const found: Partial<Record<string, string>> = await lookAgain(machine, drive)
  if (found.PKTW_STATE !== 'ready') {
    const reason = found.PKTW_REASON ?? ''
    const why = isCode(reason)
      ? diagnose(reason, { device: drive }).message
      : `udev says ${found.PKTW_STATE ?? 'nothing of it'}`
    throw new Stop([diagnose('prepare.still-not-ready', { drive, why })])
  }
  const unit = `pktw@${drive}.service`
  const { code, stderr } = await machine.run('systemctl', ['start', '--', unit], { timeoutMs: startTimeout })
  const mapping = await machine.mappingOf(drive)
  if (code === 0 && mapping !== undefined) return mapping
  const why = stderr.trim().split('\n')[0] || `${unit} made no packet device`
  throw new Stop([diagnose('prepare.not-mapped', { drive, why })])
}

async function mkudffs(
  { run, ask }: FileSystemMachine,
  drive: string,
  device: string,
  argv: readonly string[],
): Promise<void> {
  const { code, stdout, stderr } = await run('mkudffs', argv, { timeoutMs: makeTimeout })
  if (code !== 0) {
    const why = (stderr || stdout).trim().split('\n').at(-1) || `it ended with ${code}`
    throw new Stop([diagnose('prepare.mkudffs-failed', { drive, why })])
  }
  if (!isNbd(device)) return
  const answer = await ask(drive, { do: 'flush' }, 10 * 60_000)
  if (!answer.ok)
    throw new Stop([
      diagnose('prepare.mkudffs-failed', { drive, why: answer.error ?? 'it did not get to the disc' }),
    ])
}

/** A disc that the kernel writes: udev hears of nothing that is written to the drive itself, and learns it by a new beginning. */
async function takeUpAnew(machine: FileSystemMachine, drive: string): Promise<void> {
  const unit = `pktw@${drive}.service`
  await machine.run('systemctl', ['stop', '--', unit], { timeoutMs: startTimeout })
  await lookAgain(machine, drive)
  await machine.run('systemctl', ['start', '--', unit], { timeoutMs: startTimeout })
}

/** Waits until it is mounted where the settings have somebody mount it; gives where. */
async function mounted(
  { run, mountsOf, readSettings, sleep }: FileSystemMachine,
  { device, slot }: Mapping,
): Promise<string | undefined> {
  const { style, mounts } = await readSettings()
  const mount = mounts[slot]
  const ours = (style === 'systemd' || style === 'fstab') && mount !== undefined
  const place = async () => (await mountsOf(device))[0]?.target
  for (let waited = 0; ours && waited < mountPatience; waited += 500) {
    const target = await place()
    if (target !== undefined) return target
    await sleep(500)
  }
  if (ours) await run('systemctl', ['start', '--', mount.unit], { timeoutMs: 120_000 })
  return place()
}

/** Throws Stop where nobody could make a file system: to be asked before anything is formatted. */
export async function needMkudffs({ run }: Pick<FileSystemMachine, 'run'> = machineItself): Promise<void> {
  if ((await run('mkudffs', ['--help'])).code === 127) throw new Stop([diagnose('prepare.no-mkudffs')])
}

/** Takes the disc up, makes the file system, and waits for the mount. Throws Stop. */
export async function makeFileSystem(
  drive: string,
  order: PrepareOrder,
  report: PrepareReport,
  machine: FileSystemMachine = machineItself,
): Promise<void> {
  const medium = report.state.medium as Medium
  const mapping = await takeUp(machine, drive)
  const { device } = mapping
  await report.phase('file-system', { device: `/dev/${device}`, disc: 'formatted' })
  // What is written now is to be mounted; until here it may have been what was on the disc before.
  await machine.removeState(preparationPaths.mark(drive))
  await mkudffs(machine, drive, device, mkudffsCommand(medium, order, device))
  await report.phase('mounting')
  if (!isNbd(device)) await takeUpAnew(machine, drive)
  const target = await mounted(machine, (await machine.mappingOf(drive)) ?? mapping)
  if (target === undefined) log.info(`the disc in ${drive} has its file system; nobody has mounted it yet`)
  else await report.phase('mounting', { mountedAt: target })
}
