// What the hooks read instead of pktw.yaml.
import type { CompiledSettings } from '../settings/compiled.ts'
import type { Settings } from '../settings/settings.ts'
import { unitOptionsOf } from './mount-options.ts'
import { mountsOf } from './slots.ts'

export const compileSettings = (settings: Settings): CompiledSettings => ({
  group: settings.device.group,
  style: settings.mount.style,
  owner: settings.mount.owner,
  eject: settings.mount.eject,
  options: unitOptionsOf(settings.mount.options),
  mounts: mountsOf(settings).map(({ where, unit, automount }) => ({
    where,
    unit,
    ...(settings.mount.automount === false ? {} : { automount }),
  })),
  write: settings.write,
})
