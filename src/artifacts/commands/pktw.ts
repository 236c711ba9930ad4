// The command line of pktw.
import type { Program } from './command.ts'
import { configCheck, configEdit, configGet, configSchema, configSet, configShow } from './pktw-config.ts'
import { eject, map, mount, prepare, stats, status, toggle, umount, unmap } from './pktw-discs.ts'
import { completion, doctor, install, uninstall } from './pktw-machine.ts'

export const pktw = {
  name: 'pktw',
  section: 1,
  what: 'write to rewritable discs as to a floppy',
  about: [
    'A CD-RW, DVD-RW, DVD+RW, DVD-RAM or BD-RE goes in, and it is a disc you copy to and delete from. pktw installs what brings that about, shows what is in the drives and why it is treated so, and gives discs back.',
    'All verbs but install and uninstall work without root for the user in front of the machine: the service pktwd does what they ask for, if polkit lets that user. Over ssh, use sudo.',
  ],
  verbs: [
    install,
    uninstall,
    map,
    unmap,
    toggle,
    mount,
    umount,
    eject,
    prepare,
    status,
    stats,
    doctor,
    configShow,
    configGet,
    configSet,
    configCheck,
    configEdit,
    configSchema,
    completion,
  ],
  options: {},
  examples: [
    ['sudo $0 install', 'once; from then on a disc that goes in is mounted'],
    ['$0 status', 'what is in the drives, and why it is treated so'],
    ['$0 eject', 'give the disc back'],
  ],
  exit: 'Exit codes: 0 done, 1 it could not be done or something was found, 2 wrong usage or trouble.',
  files: [
    ['/etc/pktw/pktw.yaml', 'settings, see pktw.yaml(5)'],
    ['/dev/pktw/sr0', 'the packet device of the disc in sr0'],
    ['/dev/pktcdvd/pktcdvd0', 'the same by the number of its slot'],
  ],
  environment: [['VISUAL, EDITOR', 'the editor of config edit']],
  also: ['pktw(7)', 'pktw.yaml(5)', 'pktw-gen(1)', 'mkudffs(8)'],
} as const satisfies Program
