// pktwd: its --help and its man page.
import type { Program } from './command.ts'

export const pktwd: Program = {
  name: 'pktwd',
  section: 8,
  what: 'packet writing on the system bus, for users without root',
  synopsis: '[options]',
  about: [
    'Serves org.pktw.Pktw1 on the system bus: one object for each optical drive, with its properties and the methods Map, Unmap, Mount, Unmount, Eject, Prepare and Cancel. The bus starts it when somebody calls (pktwd.service); it ends by itself when there was no call for a while, nothing is being done, and nobody who has read properties is on the bus any more. Properties are told as they change (PropertiesChanged) as long as it runs.',
    'What it does it does by starting and stopping the units of pktw. Who may have it done polkit decides, by the actions org.pktw.* (pkaction lists them): whoever is in front of the machine may map, mount and eject discs and format blank ones without a password.',
    'It holds nothing: whenever it ends, and however, what was begun goes on.',
  ],
  verbs: [],
  options: {
    idle: {
      type: 'string',
      value: 'SECONDS',
      describe: 'end after so long without anything to do; default: 60',
    },
  },
  examples: [['busctl tree org.pktw.Pktw1', 'the drives, as a program sees them']],
  exit: 'Exit codes: 0 nobody needs it any more, 1 the bus or systemd cannot be reached, 2 wrong usage.',
  files: [
    ['/run/pktw', 'state of this boot: which drives and discs are ours'],
    ['/run/pktw/prepare', 'orders to prepare a disc, and how far that is'],
  ],
  environment: [['DBUS_SYSTEM_BUS_ADDRESS', 'another bus than the system bus']],
  also: ['pktw(1)', 'pktw(7)', 'busctl(1)', 'polkit(8)', 'pktw-hook(8)'],
}
