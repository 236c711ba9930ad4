// What holds when pktw.yaml says nothing.
import type { Settings } from './settings.ts'

export const defaults: Settings = {
  device: { group: 'cdrom', mode: 0o660 },
  mount: {
    style: 'systemd',
    where: '/media/cdvdrw',
    options: ['rw', 'noatime', 'nosuid', 'nodev'],
    owner: 'seat',
    slots: 2,
  },
  media: {
    'cd-rw': 'engine',
    'dvd-rw': 'engine',
    'dvd+rw': 'engine',
    'dvd-ram': 'engine',
    'bd-re': 'engine',
  },
  drives: [],
}
