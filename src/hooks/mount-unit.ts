// The part of a mount unit that is known only when a disc goes in: which drive's unit it depends on, whose files they are.
import { readFile } from 'node:fs/promises'
import type { CompiledSettings } from '../settings/compiled.ts'
import { run } from '../system/run.ts'
import { ownerOptions } from './owner.ts'
import { paths, writeState } from './state.ts'

/** What pktw.yaml said when pktw was installed. Rejects when settings.json is missing or damaged. */
export async function readSettings(): Promise<CompiledSettings> {
  return JSON.parse(await readFile(paths.settings, 'utf8')) as CompiledSettings
}

/** While the disc is let go of an automount must not mount it again, and at another time as often as somebody looks (automount.ts). */
const forAutomount = (drive: string): string => `ConditionPathExists=!${paths.leaving(drive)}
StartLimitIntervalSec=0
`

/**
 * The drop-in's text. After= alone: anything that stops the mount with the drive's unit does so when the engine crashes,
 * too; at an end detach unmounts by itself. `drive` is a checked kernel name, options are checked
 * settings or numbers.
 */
export const dropIn = (
  drive: string,
  options: readonly string[],
  automount: boolean,
): string => `# Written by pktw for the disc in ${drive}.
[Unit]
After=pktw@${drive}.service
${automount ? forAutomount(drive) : ''}
[Mount]
Options=${options.join(',').replaceAll('%', '%%')}
`

/** Binds the slot's mount unit to the drive. Reloads systemd only when drive or user are others than the last time. */
export async function bindMountUnit(drive: string, slot: number, settings: CompiledSettings): Promise<void> {
  const mount = settings.mounts[slot]
  if (mount === undefined) return
  const options = [...settings.options, ...(await ownerOptions(settings.owner, settings.group, drive))]
  const path = `/run/systemd/system/${mount.unit}.d/50-pktw.conf`
  const text = dropIn(drive, options, mount.automount !== undefined)
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return
  await writeState(path, text)
  await run('systemctl', ['daemon-reload'])
}
