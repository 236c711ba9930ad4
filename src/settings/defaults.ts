// What holds when pktw.yaml says nothing.
import type { Settings } from './settings.ts'

export const defaults: Settings = {
  device: { group: 'cdrom', mode: 0o660 },
  mount: {
    style: 'systemd',
    where: '/media/cdvdrw',
    options: ['rw', 'noatime', 'nosuid', 'nodev'],
    owner: 'seat',
    eject: true,
    slots: 2,
    automount: false,
  },
  media: {
    'cd-rw': 'engine',
    'dvd-rw': 'engine',
    'dvd+rw': 'engine',
    'dvd-ram': 'engine',
    'bd-re': 'engine',
  },
  write: {
    // A journal pays where makers promise 1,000 rewrites, as they do for many BD-RE too. DVD-RAM lasts 100,000.
    flush: {
      'cd-rw': 'journal',
      'dvd-rw': 'journal',
      'dvd+rw': 'journal',
      'dvd-ram': 'medium',
      'bd-re': 'journal',
    },
    journal: true,
    // The kernel's own dirty_expire_centisecs.
    after: 30,
    memory: 20,
    retries: 2,
    speed: { 'cd-rw': 'max', 'dvd-rw': 'max', 'dvd+rw': 'max', 'dvd-ram': 'max', 'bd-re': 'max' },
  },
  drives: [],
  access: { admins: '' },
}
