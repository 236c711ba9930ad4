// What `pktw doctor` has to know of a machine, gathered through System.

import { mountsOfDevice } from '../disc/mapped-drives.ts'
import type { MachineFacts } from '../doctor/facts.ts'
import { journalsDirectory } from '../steps/disc-state.ts'
import { fstabPath, udftoolsMask, udftoolsRules } from '../steps/places.ts'
import { initOf } from '../system/init.ts'
import { missingPrograms, packageOf, programs } from '../system/programs.ts'
import type { System } from '../system/system.ts'
import { autofsMaps } from './doctor-autofs.ts'
import { driveFacts, lineOf } from './doctor-drives.ts'
import { installedFacts } from './doctor-installed.ts'
import { userFacts } from './doctor-user.ts'

const textOf = async (system: System, file: string): Promise<string> =>
  (await system.read(file).catch(() => undefined))?.toString('utf8') ?? ''

async function missingModules(system: System): Promise<string[]> {
  const missing: string[] = []
  const hasNbd = (await system.exists('/sys/module/nbd')) || (await system.exists('/sys/class/block/nbd0'))
  if (!hasNbd) missing.push('nbd')
  const hasUdf = /^(nodev)?\tudf$/m.test(await textOf(system, '/proc/filesystems'))
  // Mounting a disc loads it.
  const canHave = async () =>
    (await system.run(programs.modprobe, ['--dry-run', '--quiet', '--', 'udf'])).code === 0
  if (!hasUdf && !(await canHave())) missing.push('udf')
  return missing
}

/** What /dev/pktcdvd is, if no directory. */
async function wrongKind(system: System): Promise<{ wrongKind?: string }> {
  const entry = await system.inspect('/dev/pktcdvd')
  if (entry.kind === 'absent' || (await system.isDirectory('/dev/pktcdvd'))) return {}
  return {
    wrongKind: entry.kind === 'other' ? 'device node' : entry.kind === 'symlink' ? 'link' : entry.kind,
  }
}

async function pktcdvdFacts(system: System, drives: readonly string[]): Promise<MachineFacts['pktcdvd']> {
  const numbers = new Map<string, string>()
  for (const drive of drives) {
    const number = await lineOf(system, `/sys/class/block/${drive}/dev`)
    if (number !== undefined) numbers.set(number, drive)
  }
  const mappings: MachineFacts['pktcdvd']['mappings'] = []
  for (const text of (await textOf(system, '/sys/class/pktcdvd/device_map')).split('\n')) {
    const [, device, number, of] = /^(pktcdvd\d+) (\d+:\d+) (\d+:\d+)$/.exec(text.trim()) ?? []
    if (device === undefined || number === undefined || of === undefined) continue
    mappings.push({
      device,
      number,
      drive: numbers.get(of) ?? of,
      ours: await system.exists(`/run/pktw/map/${device}`),
      mounted: (await mountsOfDevice(system, device)).length > 0,
    })
  }
  return { loaded: await system.isDirectory('/sys/class/pktcdvd'), ...(await wrongKind(system)), mappings }
}

async function udftoolsRule(system: System): Promise<{ udftoolsRule?: string }> {
  if ((await system.inspect(udftoolsMask)).kind !== 'absent') return {}
  for (const rule of udftoolsRules) if (await system.exists(rule)) return { udftoolsRule: rule }
  return {}
}

/** Nodes as pktsetup and mknod made them; those of ours are /dev/pktcdvd/pktcdvdN. */
const oldNode = /^\s*(\/dev\/pktcdvd\/?(?:[0-9]+|[a-z]*cd[a-z]*[0-9]*|dvd[a-z]*[0-9]*))\s/

async function oldFstabLines(system: System): Promise<MachineFacts['oldFstabLines']> {
  const lines = (await textOf(system, fstabPath)).split('\n')
  return lines.flatMap((text, i) => {
    const device = oldNode.exec(text)?.[1]
    return device === undefined || /\/pktcdvd\/pktcdvd[0-9]+$/.test(device) ? [] : [{ line: i + 1, device }]
  })
}

/** Journals of discs that are not in: nobody uses them while no drive is mapped. */
async function waiting(system: System, mapped: boolean): Promise<string[]> {
  const found: string[] = []
  for (const name of mapped ? [] : await system.list(journalsDirectory).catch((): string[] => []))
    if ((await system.list(`${journalsDirectory}/${name}`)).length > 0)
      found.push(`${journalsDirectory}/${name}`)
  return found
}

/**
 * `sudoUser`: who called sudo. `bundle`: where the programs lie that would be installed; beside this one if not given. Works
 * for an ordinary user as far as that one may look.
 */
export async function machineFacts(
  system: System,
  sudoUser: string | undefined,
  bundle?: string,
): Promise<MachineFacts> {
  const drives = await driveFacts(system)
  const init = await initOf(system)
  const names = drives.map((d) => d.name)
  const ofSystemd = new Set(['systemctl', 'systemdTmpfiles'])
  const absent = (await missingPrograms(system)).filter((p) => init === 'systemd' || !ofSystemd.has(p))
  return {
    kernel: (await lineOf(system, '/proc/sys/kernel/osrelease')) ?? '',
    init,
    drives,
    missingModules: await missingModules(system),
    missingPrograms: absent.map((p) => ({ program: programs[p], package: packageOf[p] })),
    pktcdvd: await pktcdvdFacts(system, names),
    ...(await udftoolsRule(system)),
    oldFstabLines: await oldFstabLines(system),
    autofsMaps: await autofsMaps(system),
    ...(await userFacts(system, names, sudoUser)),
    installed: await installedFacts(system, bundle),
    waiting: await waiting(
      system,
      drives.some((d) => d.mapped !== undefined),
    ),
  }
}
