// What starts services on a machine, or in an image.
import { posix } from 'node:path'
import type { System } from './system.ts'

export type Init = 'systemd' | 'OpenRC' | 'runit' | 'another init'

/** Where each leaves itself while it runs. */
const running: [directory: string, Init][] = [
  ['/run/systemd/system', 'systemd'],
  ['/run/openrc', 'OpenRC'],
  ['/run/runit', 'runit'],
]

/** What a link in the place of init leads to. */
const named: [target: RegExp, Init][] = [
  [/systemd/, 'systemd'],
  [/openrc/, 'OpenRC'],
  [/runit/, 'runit'],
]

/**
 * What is only there with each. Directories of units tell nothing: packages have units for systemd whatever starts them. With
 * an init that is none of these links, systemd is only installed beside it.
 */
const parts: [file: string, Init][] = [
  ['/usr/lib/systemd/systemd', 'systemd'],
  ['/lib/systemd/systemd', 'systemd'],
  ['/sbin/openrc', 'OpenRC'],
  ['/usr/bin/openrc', 'OpenRC'],
  ['/etc/runit', 'runit'],
]

/** By way of /etc/alternatives, say. */
const mostLinks = 8

async function inImage(system: System): Promise<Init> {
  let other = false
  for (let path of ['/sbin/init', '/usr/sbin/init'])
    for (let links = 0; links < mostLinks; links++) {
      const entry = await system.inspect(path)
      other ||= entry.kind !== 'absent'
      if (entry.kind !== 'symlink') break
      const found = named.find(([target]) => target.test(entry.target))
      if (found !== undefined) return found[1]
      path = posix.resolve(posix.dirname(path), entry.target)
    }
  for (const [path, init] of parts)
    if ((!other || init !== 'systemd') && (await system.exists(path))) return init
  return other ? 'another init' : 'systemd'
}

/** Of the running system the one that runs (sd_booted(3)); of an image what is in it, and systemd where nothing is. */
export async function initOf(system: System): Promise<Init> {
  if (!system.live) return inImage(system)
  for (const [directory, init] of running) if (await system.isDirectory(directory)) return init
  return 'another init'
}
