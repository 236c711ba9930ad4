// What starts services on a machine, or in an image.
import type { System } from './system.ts'

export type Init = 'systemd' | 'OpenRC' | 'runit' | 'another init'

/** Where each leaves itself while it runs. */
const running: [string, Init][] = [
  ['/run/systemd/system', 'systemd'],
  ['/run/openrc', 'OpenRC'],
  ['/run/runit', 'runit'],
]
/** What an image has of each. */
const installed: [string, Init][] = [
  ['/usr/lib/systemd/system', 'systemd'],
  ['/lib/systemd/system', 'systemd'],
  ['/etc/init.d', 'OpenRC'],
  ['/etc/runit', 'runit'],
]

/** Of the running system the one that runs (sd_booted(3)); of an image what is in it, and systemd where nothing is. */
export async function initOf(system: System): Promise<Init> {
  for (const [directory, init] of system.live ? running : installed)
    if (await system.isDirectory(directory)) return init
  return system.live ? 'another init' : 'systemd'
}
