// Maps of autofs that mount an optical drive (auto.master(5), autofs(5)).
import path from 'node:path'
import type { MachineFacts } from '../doctor/facts.ts'
import { isDriveName } from '../system/drive-nodes.ts'
import { isInstalled } from '../system/programs.ts'
import type { System } from '../system/system.ts'

/** `cd  -fstype=iso9660,ro  :/dev/cdrom`: a key, options, and a device of this machine. */
const entry = /^\s*([^\s#+]\S*)\s+(?:-\S+\s+)*:(\/dev\/[\w./-]+)\s*$/

/** `/dev/cdrom` → `sr0`, when that is what the link says; undefined for what is no optical drive. */
async function driveOf(system: System, device: string): Promise<string | undefined> {
  const found = await system.inspect(device).catch(() => undefined)
  const name = path.basename(found?.kind === 'symlink' ? found.target : device)
  return isDriveName(name) ? name : undefined
}

async function mapFiles(system: System): Promise<string[]> {
  const below = async (directory: string): Promise<string[]> =>
    (await system.list(directory).catch((): string[] => [])).map((name) => `${directory}/${name}`)
  const own = (await below('/etc')).filter((file) => /^\/etc\/auto\.[\w-]+$/.test(file))
  return [...own, ...(await below('/etc/autofs')), ...(await below('/etc/auto.master.d'))]
}

/** None where autofs is not installed. */
export async function autofsMaps(system: System): Promise<MachineFacts['autofsMaps']> {
  if (!(await isInstalled(system, 'automount'))) return []
  const found: MachineFacts['autofsMaps'] = []
  for (const file of await mapFiles(system)) {
    // Also a directory, or nothing that may be read.
    const text = (await system.read(file).catch(() => undefined))?.toString('utf8') ?? ''
    for (const [i, line] of text.split('\n').entries()) {
      const [, key, device] = entry.exec(line) ?? []
      if (key === undefined || device === undefined) continue
      const drive = await driveOf(system, device)
      if (drive !== undefined) found.push({ file, line: i + 1, key, device, drive })
    }
  }
  return found
}
