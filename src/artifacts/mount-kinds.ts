// Rows of kinds.ts: what has a disc mounted, a file or a line for each slot.
import type { Kind } from './kind.ts'
import { fstabOptionsOf, unitOptionsOf } from './mount-options.ts'
import { automountsOf, mountsOf } from './slots.ts'

export const mountKinds: readonly Kind[] = [
  {
    kind: 'mount-unit',
    what: 'where a disc is mounted, one file a slot (mount.style: systemd)',
    template: 'systemd/slot.mount',
    from: 'mount',
    mode: 0o644,
    instances: (settings, layout) =>
      (settings.mount.style === 'systemd' ? mountsOf(settings) : []).map((slot) => ({
        path: `${layout.unitdir}/${slot.unit}`,
        data: { ...slot, options: unitOptionsOf(settings.mount.options) },
      })),
  },
  {
    kind: 'automount-unit',
    what: 'mounts a disc when somebody looks, one file a slot (mount.automount)',
    template: 'systemd/slot.automount',
    from: 'mount.automount',
    mode: 0o644,
    instances: (settings, layout) =>
      automountsOf(settings).map((slot) => ({
        path: `${layout.unitdir}/${slot.automount}`,
        data: { ...slot, seconds: settings.mount.automount },
      })),
  },
  {
    kind: 'automount-target-unit',
    what: 'stands for an automount unit whose name udev cannot write',
    template: 'systemd/slot.target',
    from: 'mount.automount',
    mode: 0o644,
    instances: (settings, layout) =>
      automountsOf(settings)
        .filter(({ wants, automount }) => wants !== automount)
        .map((slot) => ({ path: `${layout.unitdir}/${slot.wants}`, data: { ...slot } })),
  },
  {
    kind: 'fstab-line',
    what: 'the lines for /etc/fstab, one a slot (mount.style: fstab)',
    template: 'fstab/line',
    from: 'mount',
    mode: 0o644,
    instances: (settings) =>
      (settings.mount.style === 'fstab' ? mountsOf(settings) : []).map((slot) => ({
        path: '/etc/fstab',
        data: { ...slot, options: fstabOptionsOf(settings.mount.options) },
      })),
  },
]
